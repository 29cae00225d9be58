import { partitionOf } from '../../src/protocol/murmur2.ts';
import type { EventLine } from '../support/events.ts';
import { Oracle } from '../support/oracle.ts';
import type { Told } from '../support/oracle-book.ts';
import type { Outcome } from '../support/system.ts';

export interface BookOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly sizeMs: number;
  readonly graceMs: number;
}

/** How the records of one customer ended. */
export interface Ended {
  readonly folded: number;
  readonly late: number;
  readonly rejected: number;
  readonly waiting: number;
}

/** Everything that was written into the log, and what must come of it: an oracle for each customer, since nothing of one depends on another. */
export class Book {
  /** Lines of each partition. */
  readonly ends: number[];
  readonly #options: BookOptions;
  readonly #oracles = new Map<string, Oracle>();
  readonly #instants = new Map<string, number[]>();

  constructor(options: BookOptions) {
    this.#options = options;
    this.ends = Array.from({ length: options.partitions }, () => 0);
  }

  /** The next line of the log. It was written at its timestamp, or so little later that no claim can have come between and closed its window. */
  take({ key, timestamp, value }: EventLine): void {
    const { topic, partitions, sizeMs, graceMs } = this.#options;
    const partition = partitionOf(key, partitions);
    const offset = String(this.ends[partition]);
    this.ends[partition] = Number(offset) + 1;
    let oracle = this.#oracles.get(key);
    if (oracle === undefined) {
      const settings = { retentionMs: 86_400_000, settle: 'close', mode: 'source', scope: 'partition', maxFutureMs: 60_000 } as const;
      oracle = new Oracle({ sizeMs, graceMs, ...settings });
      this.#oracles.set(key, oracle);
    }
    oracle.take({ type: 'record', record: { key, value, timestamp, source: { topic, partition, offset } }, now: timestamp });
    this.#instants.set(key, [...(this.#instants.get(key) ?? []), timestamp]);
  }

  get records(): number {
    return this.ends.reduce((sum, end) => sum + end, 0);
  }

  /** Lets all time pass. Then `expected` and `ended` are complete. */
  close(now: number): void {
    for (const oracle of this.#oracles.values()) oracle.take({ type: 'watermark', watermark: now, now });
  }

  /** What must be told, a line each. */
  expected(): string[] {
    return [...this.#oracles.values()].flatMap(({ told }) => told.map(lineOfTold));
  }

  /** By customer. */
  ended(): Map<string, Ended> {
    return new Map(
      [...this.#oracles].map(([key, oracle]) => {
        const { duplicate: _, ...ended } = oracle.counts()[key] as Ended & { duplicate: number };
        return [key, ended];
      }),
    );
  }

  /** Spells of at least `ms` in which a customer was left alone between two of its events, or before its window closed. */
  spells(ms: number): number {
    const { sizeMs, graceMs } = this.#options;
    const gaps = [...this.#instants.values()].flatMap((instants) => {
      const sorted = [...instants, Math.max(...instants) + sizeMs + graceMs].sort((a, b) => a - b);
      return sorted.slice(1).map((instant, i) => instant - (sorted[i] as number));
    });
    return gaps.filter((gap) => gap >= ms).length;
  }
}

/** All of an outcome that does not hang on when it was brought about (R6). */
interface Line {
  readonly customerId: unknown;
  readonly tableId: unknown;
  readonly type: string;
  readonly reason: unknown;
  readonly refundDue: unknown;
  readonly window: { readonly start: number; readonly end: number } | undefined;
  readonly closesAt: unknown;
  readonly timestamp: number;
  readonly closedBy: unknown;
  readonly afterEnd: unknown;
  readonly sources: readonly unknown[];
}

function text({ window, sources, ...line }: Line): string {
  const places = sources.map((source) => {
    const { partition, offset } = source as { partition?: number; offset?: string };
    return `${partition}:${offset}`;
  });
  return [...Object.values(line).map((part) => part ?? '-'), window === undefined ? '-' : `[${window.start},${window.end})`, ...places].join(' ');
}

function lineOfTold({ customerId, tableId, type, reason, refundDue, window, closesAt, timestamp, closedBy, afterEnd, sources }: Told): string {
  return text({ customerId, tableId, type, reason, refundDue, closesAt, timestamp, closedBy, afterEnd, window, sources });
}

export function lineOf({ type, timestamp, headers, value }: Outcome): string {
  const { customerId, tableId, reason, refundDue, window, explanation } = value as Record<string, unknown> & {
    readonly window?: Line['window'];
    readonly explanation: { readonly closesAt: unknown; readonly afterEnd?: unknown; readonly sources: readonly unknown[] };
  };
  const { closesAt, afterEnd, sources } = explanation;
  const closedBy = headers.closedBy;
  return text({ customerId, tableId, type, reason, refundDue, closesAt, timestamp, closedBy, afterEnd, window, sources });
}
