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
}
