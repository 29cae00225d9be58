/** What of a transaction is read: `read_committed` ends at the last stable offset and leaves out what is aborted. */
export type LogIsolation = 'read_committed' | 'read_uncommitted';

export interface NewLogRecord {
  readonly key: Uint8Array | null;
  /** `null`: a tombstone. */
  readonly value: Uint8Array | null;
  /** In their order; a name may occur twice. */
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[];
  /** ms since 1970. Default: now. */
  readonly timestamp?: number;
}

export interface StoredLogRecord extends Required<NewLogRecord> {
  readonly offset: bigint;
}

/** The first offset that is there, the last stable one and the high watermark: each is the next offset of what lies before it. */
export interface LogEdges {
  readonly start: bigint;
  readonly stable: bigint;
  readonly end: bigint;
}

/** What a read gave, and the position of a consumer after it: past markers and past records that it leaves out, too. */
export interface LogPart {
  readonly records: readonly StoredLogRecord[];
  readonly next: bigint;
}

/** Below the first offset, or above the end of the log. */
export class OffsetOutOfRange extends Error {
  override readonly name = 'OffsetOutOfRange';
}

/** The log refuses a record for good. */
export class RecordRefused extends Error {
  override readonly name = 'RecordRefused';
}

/** The cluster that a test gateway stands in front of. */
export interface GatewayLog {
  topics(): Promise<readonly string[]>;
  /** Number of its partitions and its settings; `undefined`: there is no such topic. */
  topic(name: string): Promise<{ readonly partitions: number; readonly configs: Readonly<Record<string, string>> } | undefined>;
  /** Stores all of the records, or none. @throws RecordRefused */
  append(topic: string, partition: number, records: readonly NewLogRecord[]): Promise<readonly StoredLogRecord[]>;
  /** At most `most` records at or above `offset`. @throws OffsetOutOfRange */
  read(topic: string, partition: number, offset: bigint, most: number, isolation: LogIsolation): Promise<LogPart>;
  edges(topic: string, partition: number): Promise<LogEdges>;
  /** Offset of the first record of that instant or later; `undefined`: there is none. */
  offsetAt(topic: string, partition: number, timestamp: number): Promise<bigint | undefined>;
  committed(group: string, topic: string, partition: number): Promise<bigint | undefined>;
  commit(group: string, topic: string, partition: number, offset: bigint): Promise<void>;
}
