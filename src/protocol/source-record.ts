/** `json`: JSON text, as it goes on the wire. `raw`: bytes that are no JSON. `omitted`: the size in bytes of a value too big to have been read. */
export type SourceValue = { readonly json: string } | { readonly raw: Uint8Array } | { readonly omitted: number };

/** One record as its log has it. Timestamp, key and headers are passed on unjudged: what is wrong in one record is for the object to reject (P4). */
export interface SourceRecord {
  readonly offset: string;
  readonly timestamp?: unknown;
  readonly key?: unknown;
  readonly headers?: unknown;
  readonly value: SourceValue;
}

/**
 * `from` is the offset asked for, or higher where what lay between is gone (retention). `records` rise strictly in offset and lie in
 * `[from, next)`; offsets without a record in it are legal (compaction, transaction markers). Reading goes on at `next`.
 */
export interface Batch {
  readonly from: string;
  readonly records: readonly SourceRecord[];
  readonly next: string;
}
