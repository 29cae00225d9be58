/** The place of a window in the order in which they close. */
interface Place {
  readonly at: number;
  readonly ordinal: number;
  readonly key: string;
}

/** The cursor of a listing of windows, `closesAt.ordinal.key`: every text of this form is a place in their order, whether or not a window stands there. */
export const WINDOW_CURSOR = /^[0-9]{1,16}\.[0-9]{1,16}\.[\s\S]{1,1000}$/;

/** The same with the partition that a listing of all has come to in front, `partition:` and what is left of it. */
export const PARTITION_CURSOR = /^[0-9]{1,5}:(?:[0-9]{1,16}\.[0-9]{1,16}\.[\s\S]{1,1000})?$/;

export function encodeCursor({ at, key, ordinal }: Place): string {
  return `${at}.${ordinal}.${key}`;
}

/** Of a text of the form `WINDOW_CURSOR`. */
export function decodeCursor(text: string): Place {
  const [at = '', ordinal = ''] = text.split('.', 2);
  return { at: Number(at), ordinal: Number(ordinal), key: text.slice(at.length + ordinal.length + 2) };
}
