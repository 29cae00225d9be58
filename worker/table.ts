/**
 * The SQLite of a partition's object, as its tables use it. They are made with the first write: before that every query finds nothing, so that a partition which was
 * only asked something leaves no trace (D1).
 */
export class Table {
  readonly #sql: SqlStorage;
  readonly #schema: readonly string[];
  #made: boolean;

  constructor(sql: SqlStorage, schema: readonly string[]) {
    this.#sql = sql;
    this.#schema = schema;
    this.#made = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'meta'").toArray().length > 0;
    // Of an earlier release some are not there yet.
    if (this.#made) this.#make();
  }

  rows<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#made ? this.#sql.exec<Row>(query, ...bindings).toArray() : [];
  }

  /** The same, one row after the other: nothing may be awaited, and nothing written, in between. */
  each<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Iterable<Row> {
    return this.#made ? this.#sql.exec<Row>(query, ...bindings) : [];
  }

  /** A change that gives rows. */
  returning<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    if (!this.#made) this.#make();
    return this.#sql.exec<Row>(query, ...bindings).toArray();
  }

  /** A change. Gives how many rows it has written. */
  write(query: string, ...bindings: SqlStorageValue[]): number {
    if (!this.#made) this.#make();
    return this.#sql.exec(query, ...bindings).rowsWritten;
  }

  /** A transaction was rolled back, which may have been the first. */
  undone(): void {
    this.#made = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'meta'").toArray().length > 0;
  }

  #make(): void {
    for (const statement of this.#schema) this.#sql.exec(statement);
    this.#made = true;
  }
}
