import type { Dialect } from '../../../src/gateway/gateway.ts';
import { type LogIsolation, OffsetOutOfRange, type StoredLogRecord } from './log.ts';

export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface FetchedRecord extends AssignedPartition {
  readonly record: StoredLogRecord;
}

export interface Position extends AssignedPartition {
  /** The next offset to be fetched; it passes markers. */
  next: bigint | undefined;
  /** Behind the last record that was fetched since the last seek. */
  consumed: bigint | undefined;
}

export interface InstanceOptions {
  readonly group: string;
  readonly name: string;
  readonly format: 'binary' | 'json';
  readonly isolation: LogIsolation;
  /** `undefined`: not said. */
  readonly minBytes: number | undefined;
  readonly waitMs: number | undefined;
  readonly reset: 'earliest' | 'latest';
}

/** A consumer instance: where it stands in each of its partitions, and what it has fetched and not handed out. */
export class Instance {
  readonly options: InstanceOptions;
  readonly positions = new Map<string, Position>();
  /** Fetched and not handed out. */
  readonly fetched: FetchedRecord[] = [];
  isSubscribed = false;
  isAssigned = false;
  usedAt: number;
  /** Calls of one instance wait for each other. */
  turn: Promise<unknown> = Promise.resolve();

  constructor(options: InstanceOptions, now: number) {
    this.options = options;
    this.usedAt = now;
  }

  assign(partitions: readonly AssignedPartition[]): void {
    const before = new Map(this.positions);
    this.positions.clear();
    for (const one of partitions) {
      const name = nameOf(one);
      this.positions.set(name, before.get(name) ?? { ...one, next: undefined, consumed: undefined });
    }
    this.isAssigned = partitions.length > 0;
  }

  /** @returns whether it has the partition */
  seek(partition: AssignedPartition, next: bigint): boolean {
    const position = this.positions.get(nameOf(partition));
    if (position === undefined) return false;
    position.next = next;
    position.consumed = undefined;
    return true;
  }
}

export function nameOf({ topic, partition }: AssignedPartition): string {
  return `${topic}-${partition}`;
}

export function isOutOfRange(error: unknown): error is OffsetOutOfRange {
  return error instanceof OffsetOutOfRange;
}

/** A record as the dialect hands it out: only Strimzi has all of it. */
export function handedOut(
  dialect: Dialect,
  { topic, partition, record }: FetchedRecord,
  content: (bytes: Uint8Array | null) => unknown,
  base64: (bytes: Uint8Array) => string,
): unknown {
  const base = { topic, key: content(record.key), value: content(record.value), partition, offset: record.offset };
  switch (dialect) {
    case 'confluent':
    case 'redpanda':
      return base;
    case 'karapace':
      return { topic, partition, offset: record.offset, timestamp: record.timestamp, key: base.key, value: base.value };
    case 'strimzi': {
      const headers = record.headers.map(([key, value]) => ({ key, value: value === null ? null : base64(value) }));
      return {
        topic,
        key: base.key,
        value: base.value,
        partition,
        offset: record.offset,
        timestamp: record.timestamp,
        ...(headers.length > 0 ? { headers } : {}),
      };
    }
  }
}
