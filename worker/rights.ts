/**
 * What a caller may do (P8): `read` asks and watches, `act` posts events as a customer, `operate` releases holds and resets sources, `ingest` feeds a
 * partition and takes its outcomes.
 */
export type Right = 'read' | 'act' | 'operate' | 'ingest';

/** Rights of `ORIEL_INGEST_TOKEN` (write) and `ORIEL_VIEW_TOKEN` (read), and of everybody under `ORIEL_PUBLIC_VIEW`. */
export const INGEST_RIGHTS: readonly Right[] = ['read', 'act', 'operate', 'ingest'];
export const VIEW_RIGHTS: readonly Right[] = ['read'];
export const PUBLIC_RIGHTS: readonly Right[] = ['read', 'act'];

export function isRight(given: string): given is Right {
  return INGEST_RIGHTS.some((right) => right === given);
}
