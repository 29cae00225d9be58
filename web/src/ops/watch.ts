import type { LiveWindow } from '../../../src/client.ts';
import type { Access } from '../session.ts';
import type { Tone } from '../words.ts';
import type { Answer, OpsApi, Overview, Place, ServedPartition } from './api.ts';
import { type LetterPage, letterPage } from './letters.ts';

/** Held windows that are listed, at most; the count tells of all. */
export const HELD_SHOWN = 100;
/** Partitions listed at first, and the most there can be. */
const PARTITIONS_SHOWN = 50;
const PARTITIONS_MOST = 1_000;

/** What is unfolded of a partition, and what was read of it. */
export interface Unfolded {
  readonly held?: readonly LiveWindow[];
  readonly letters?: LetterPage;
}

export interface OpsState {
  readonly overview: Overview | null;
  /** Why the last reading was refused; null where it was not. */
  readonly access: Access | null;
  /** Why the last action was not allowed, until there is another session. */
  readonly forbidden: string | null;
  /** By `placeKey`. */
  readonly unfolded: ReadonlyMap<string, Unfolded>;
  /** What came of the last action. */
  readonly note: { readonly text: string; readonly tone: Tone } | null;
}

export function placeKey({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}

/** What the operations page knows, and what it can do: without drawing, and without a timer. Every change is told to `onChange`. */
export class Watch {
  readonly #api: OpsApi;
  readonly #onChange: (state: OpsState) => void;
  #state: OpsState = { overview: null, access: null, forbidden: null, unfolded: new Map(), note: null };
  #limit = PARTITIONS_SHOWN;

  constructor(api: OpsApi, onChange: (state: OpsState) => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  get state(): OpsState {
    return this.#state;
  }

  /** Reads everything that is shown again. */
  async refresh(): Promise<void> {
    const overview = this.#taken(await this.#api.sources(this.#limit));
    if (overview === undefined) return;
    this.#change({ overview, access: null });
    for (const partition of overview.items) {
      const { held, letters } = this.#unfoldedOf(partition);
      if (held !== undefined) await this.#readHeld(partition);
      if (letters !== undefined) await this.#readLetters(partition, letters.page);
    }
  }

  /** There is another session: what was refused may be tried again. */
  signedIn(): Promise<void> {
    this.#change({ access: null, forbidden: null, note: null });
    return this.refresh();
  }

  more(): Promise<void> {
    this.#limit = Math.min(PARTITIONS_MOST, this.#limit + PARTITIONS_SHOWN);
    return this.refresh();
  }

  async unfold(place: Place, what: keyof Unfolded): Promise<void> {
    const partition = this.#find(place);
    if (partition === undefined) return;
    await (what === 'held' ? this.#readHeld(partition) : this.#readLetters(partition, 0));
  }

  fold(place: Place, what: keyof Unfolded): void {
    const { [what]: _, ...rest } = this.#unfoldedOf(place);
    this.#setUnfolded(place, rest);
  }

  /** Turns to another page of the dead letters, 0 the newest. */
  async turn(place: Place, page: number): Promise<void> {
    const partition = this.#find(place);
    if (partition !== undefined) await this.#readLetters(partition, Math.max(0, page));
  }

  /** Closes every held window of a partition. */
  async release(place: Place): Promise<void> {
    const answer = await this.#api.release(place);
    if (!answer.ok) return this.#refused(answer.status, answer.why);
    const { released } = answer.value;
    const windows = released === 1 ? 'one held window' : `${released.toLocaleString('en')} held windows`;
    this.#change({ note: { text: `Released ${windows} of ${placeKey(place)}.`, tone: 'good' } });
    await this.refresh();
  }

  /** Has a partition accept whichever log connects next. */
  async reset(place: Place): Promise<void> {
    const answer = await this.#api.reset(place);
    if (!answer.ok) return this.#refused(answer.status, answer.why);
    this.#change({ note: { text: `The source of ${placeKey(place)} was reset: whichever log connects next is accepted.`, tone: 'good' } });
    await this.refresh();
  }

  async #readHeld(partition: ServedPartition): Promise<void> {
    const page = this.#taken(await this.#api.windows(partition, HELD_SHOWN));
    if (page !== undefined) this.#setUnfolded(partition, { ...this.#unfoldedOf(partition), held: page.items.filter(({ held }) => held) });
  }

  async #readLetters(partition: ServedPartition, page: number): Promise<void> {
    const read = (limit: number, after?: string) => this.#api.deadLetters(partition, limit, after);
    const letters = this.#taken(await letterPage(read, partition.status?.deadLetters ?? 0, page));
    if (letters !== undefined) this.#setUnfolded(partition, { ...this.#unfoldedOf(partition), letters });
  }

  #taken<T>(answer: Answer<T>): T | undefined {
    if (answer.ok) return answer.value;
    this.#change({ access: answer.why });
    return undefined;
  }

  /** Where a session may read and not operate, another token is asked for, in the Worker's words. */
  #refused(status: number, why: Access): void {
    const told = why.kind === 'unreachable' ? 'The Worker does not answer.' : 'detail' in why ? why.detail : undefined;
    const text = told ?? 'A token is needed.';
    const forbidden = status === 401 || status === 403 ? `${text} Sign in with ORIEL_INGEST_TOKEN.` : this.#state.forbidden;
    this.#change({ forbidden, note: { text: `Not done. ${text}`, tone: 'bad' } });
  }

  #find(place: Place): ServedPartition | undefined {
    return this.#state.overview?.items.find((one) => placeKey(one) === placeKey(place));
  }

  #unfoldedOf(place: Place): Unfolded {
    return this.#state.unfolded.get(placeKey(place)) ?? {};
  }

  #setUnfolded(place: Place, unfolded: Unfolded): void {
    this.#change({ unfolded: new Map(this.#state.unfolded).set(placeKey(place), unfolded) });
  }

  #change(change: Partial<OpsState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onChange(this.#state);
  }
}
