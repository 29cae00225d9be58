/** What the platform bills of one entry point of one kind of object, summed over all objects. */
export interface Count {
  readonly object: 'partition' | 'customer';
  /** `fetch`, `alarm`, `webSocketMessage`, or the method called by RPC. */
  readonly entry: string;
  calls: number;
  /** By table of the statement, `setAlarm` and `deleteAlarm` among them: each is a row. */
  readonly rows: Record<string, number>;
  rowsRead: number;
  /** `deleteAll` calls, which are no rows. */
  deletions: number;
  /** For how long objects were awake by it, ms: from the first of what runs at a time in an object to its last, on the count of the one that began. */
  awakeMs: number;
}

/** Whether a count says that anything was called. */
export function isOfCalls({ calls, rows }: Count): boolean {
  return calls > 0 || Object.keys(rows).length > 0;
}

/** Adds a count to those of its entry point. */
export function add(all: Map<string, Count>, told: Count): void {
  const name = `${told.object} ${told.entry}`;
  const known = all.get(name);
  if (known === undefined) {
    all.set(name, told);
    return;
  }
  known.calls += told.calls;
  known.rowsRead += told.rowsRead;
  known.deletions += told.deletions;
  known.awakeMs += told.awakeMs;
  for (const [what, rows] of Object.entries(told.rows)) known.rows[what] = (known.rows[what] ?? 0) + rows;
}
