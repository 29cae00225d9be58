import { vi } from 'vitest';
import { OrielError } from '../../../src/core/errors.ts';
import type { LogEnd, PartitionReader, ReaderOptions, ReaderSession } from '../../../src/gateway/gateway.ts';
import type { Delivery } from '../../../src/protocol/delivery.ts';
import type { Outcome } from '../../../src/protocol/outcome.ts';
import type { Batch, SourceRecord } from '../../../src/protocol/source-record.ts';
import * as gateways from '../../../worker/pull/gateway.ts';
import type { EventLine } from '../../support/events.ts';
import { eventually, serve, TOPIC } from '../durable/world.ts';

type Call = 'dialectOf' | 'describe' | 'poll' | 'endAt' | 'committed' | 'first' | 'commit' | 'deliver';

/** A gateway before one log, in memory: what a reader and a producer would give, and what they were asked. */
export class FakeGateway implements gateways.Gateways {
  #records: SourceRecord[] = [];
  readonly counts: Record<Call, number> = { dialectOf: 0, describe: 0, poll: 0, endAt: 0, committed: 0, first: 0, commit: 0, deliver: 0 };
  /** What the sink has, in order. */
  readonly stored: Outcome[] = [];
  readonly sessions: (ReaderSession | undefined)[] = [];
  readonly commits: string[] = [];
  start = 0;
  partitions = 1;
  incarnation = 'log-1';
  group: string | undefined;
  unproven: string | undefined;
  /** Offsets at the end of the log that hold no record, as it says. */
  marks = 0;
  mostAPoll = Number.POSITIVE_INFINITY;
  /** What a call fails with. */
  failing: { [Step in Call]?: Error | undefined } = {};
  /** Called before a call is answered. */
  before: (call: Call) => void | Promise<void> = () => undefined;
  refuse: (outcome: Outcome) => Delivery = () => ({ stored: true });

  /** Logs of further partitions. */
  readonly others: FakeGateway[] = [];

  /** Objects made from now on read it. */
  static serve(settings: Readonly<Record<string, string>> = {}, gateway = new FakeGateway()): FakeGateway {
    const own = { ORIEL_SOURCE: `kafka-rest+http://gateway.test/${TOPIC}`, ORIEL_SINK: 'kafka-rest+http://gateway.test/outcomes' };
    serve({ ...own, ORIEL_FROM: 'earliest', ...settings });
    vi.spyOn(gateways, 'gatewaysInUse').mockReturnValue(gateway);
    return gateway;
  }

  get end(): number {
    return this.start + this.#records.length;
  }

  get calls(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  write(...events: readonly EventLine<unknown>[]): void {
    for (const { key, timestamp, value } of events)
      this.#records.push({ offset: String(this.end), key, timestamp, value: { json: JSON.stringify(value) } });
  }

  /** Everything below an offset is gone, and nothing has come since. */
  expire(start: number): void {
    this.#records = [];
    this.start = start;
  }

  /** Has every call fail, until it is healed. */
  break(error: Error = new OrielError('UNAVAILABLE', 'connection refused', { retryable: true })): void {
    for (const call of Object.keys(this.counts)) this.failing[call as Call] = error;
  }

  /** Has the next call of a kind wait, until it is let go. */
  hold(step: Call): { reached(): Promise<unknown>; release(): void } {
    let state: 'to come' | 'held' | 'released' = 'to come';
    this.before = async (call) => {
      if (call !== step || state !== 'to come') return;
      state = 'held';
      // Looked at again and again: a promise of the test would be no business of the object that waits here.
      while (state === 'held') await scheduler.wait(2);
    };
    return {
      reached: () =>
        eventually(
          () => state,
          (seen) => seen !== 'to come',
        ),
      release: () => {
        state = 'released';
      },
    };
  }

  heal(): void {
    this.failing = {};
  }

  async dialectOf(): Promise<'strimzi'> {
    await this.#called('dialectOf');
    return 'strimzi';
  }

  openReader(options: ReaderOptions): PartitionReader {
    const { session, now, partition } = options;
    if (partition > 0) return (this.others[partition - 1] ?? this).openReader({ ...options, partition: 0 });
    const gateway = this;
    this.sessions.push(session);
    let own = session;
    return {
      async describe() {
        await gateway.#called('describe');
        return { partitions: gateway.partitions, incarnation: gateway.incarnation, start: String(gateway.start), end: String(gateway.end) };
      },
      async poll(from: string): Promise<Batch> {
        await gateway.#called('poll');
        own ??= { group: 'oriel', base: `/consumers/oriel/instances/${gateway.sessions.length}` };
        const first = Math.max(Number(from), gateway.start);
        const records = gateway.#records.slice(first - gateway.start, first - gateway.start + gateway.mostAPoll);
        return { from: String(first), records, next: String(first + records.length) };
      },
      async endAt(): Promise<LogEnd> {
        const clock = now();
        await gateway.#called('endAt');
        return gateway.unproven === undefined ? { clock, end: String(gateway.end + gateway.marks) } : { clock, unproven: gateway.unproven };
      },
      async first(from) {
        await gateway.#called('first');
        return String(from === 'earliest' ? gateway.start : gateway.end);
      },
      async committed() {
        await gateway.#called('committed');
        return gateway.group;
      },
      async commit(next) {
        await gateway.#called('commit');
        gateway.commits.push(next);
      },
      async close() {},
      get session() {
        return own;
      },
      trouble: undefined,
    };
  }

  openProducer() {
    return {
      deliver: async (outcomes: readonly Outcome[]): Promise<readonly Delivery[]> => {
        await this.#called('deliver');
        return outcomes.map((outcome) => {
          const delivery = this.refuse(outcome);
          if (delivery.stored) this.stored.push(outcome);
          return delivery;
        });
      },
    };
  }

  async #called(call: Call): Promise<void> {
    this.counts[call]++;
    await this.before(call);
    const error = this.failing[call];
    if (error !== undefined) throw error;
  }
}

/** An outcome in the sink, in a line. */
export function storedLine({ type, key, value }: Outcome): string {
  return [type, `${key}/${String(value.tableId)}`, value.reason].filter((part) => part !== undefined).join(' ');
}
