import { OrielError } from '../core/errors.ts';
import type { Batch } from '../protocol/source-record.ts';
import { Consumer } from './consumer.ts';
import { gatewayFault } from './fault.ts';
import type { GatewayTopic, LogBounds, LogEnd, PartitionReader, PollOptions, ReaderOptions, ReaderSession } from './gateway.ts';
import { inTurn } from './in-turn.ts';
import { bytesOf, type PollAnswer, pollAnswerOf } from './poll-answer.ts';
import { sourceRecordOf } from './records.ts';
import { type InstanceDialect, RULES, type Rules } from './rules.ts';
import { committedOf, describeTopic, offsetsOf, requirePartition } from './topic.ts';

/** As many empty answers below the known end of the log are trouble. */
const SILENCES = 5;
/** How long, and how often more than once, to look for what comes behind a record that is too large: a consumer just made has nothing at first. */
const LARGE_MS = 1_000;
const LARGE_POLLS = 2;
/** A gateway that asks for more rest than this is asked again all the same. */
const MOST_REST_MS = 60_000;

/**
 * Reads by one consumer instance, assigned and sought. A poll is believed where its instance was known to stand at the offset asked for, its offsets rise, and a hole at
 * its begin showed again after the position was set anew. The log's end is the high watermark that the gateway tells, asked for after the clock was read.
 */
export class InstanceReader implements PartitionReader {
  readonly #options: ReaderOptions;
  readonly #rules: Rules;
  readonly #consumer: Consumer;
  readonly #turn = inTurn();
  #topic: GatewayTopic | undefined;
  /** Ask for all that the gateway would give: the record that comes next may be more than the bytes asked for. */
  #wide = false;
  /** Where a hole at the begin of an answer was seen once. */
  #hole: bigint | undefined;
  /** The gateway has asked not to be polled before. */
  #restUntil = 0;
  #start = 0n;
  #end = 0n;
  #silences = 0;
  #trouble: string | undefined;

  constructor(options: ReaderOptions, dialect: InstanceDialect) {
    this.#options = options;
    this.#rules = RULES[dialect];
    this.#consumer = new Consumer(options, this.#rules);
  }

  get session(): ReaderSession | undefined {
    const base = this.#consumer.place;
    return base === undefined ? undefined : { group: this.#options.group, base };
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  async describe(signal: AbortSignal): Promise<GatewayTopic & LogBounds> {
    const { connection, topic, partition } = this.#options;
    const described = await describeTopic(connection, topic, this.#options, signal);
    requirePartition(described, topic, partition);
    // Settled once: the name of a log must not change while it is read.
    this.#topic ??= described;
    const { start, end } = await this.#bounds(signal);
    return { partitions: described.partitions, incarnation: this.#topic.incarnation, start: String(start), end: String(end) };
  }

  poll(from: string, options: PollOptions): Promise<Batch> {
    return this.#turn(() => this.#poll(BigInt(from), options));
  }

  async endAt(_next: string, signal: AbortSignal): Promise<LogEnd> {
    const clock = this.#options.now();
    const { end } = await this.#bounds(signal);
    return { clock, end: String(end) };
  }

  async first(from: 'earliest' | 'latest' | number, signal: AbortSignal): Promise<string> {
    if (typeof from === 'number') {
      throw new OrielError('OPTION', 'A REST gateway does not tell the offset of an instant: start at earliest or latest, or at an offset.');
    }
    const { start, end } = await this.#bounds(signal);
    return String(from === 'earliest' ? start : end);
  }

  async committed(signal: AbortSignal): Promise<string | undefined> {
    const offset = await committedOf(this.#options.connection, this.#options, this.#options, signal);
    return offset === undefined ? undefined : String(offset);
  }

  async commit(next: string, signal: AbortSignal): Promise<void> {
    if (next === '0') return;
    await this.#turn(() => this.#consumer.commit(BigInt(next), signal));
  }

  close(signal: AbortSignal): Promise<void> {
    return this.#turn(() => this.#consumer.close(signal));
  }

  async #poll(from: bigint, options: PollOptions): Promise<Batch> {
    let answer = await this.#ask(from, options);
    let before = answer.records[0]?.offset ?? from;
    if (before > from && this.#hole !== from) {
      // Either nothing lies between, or the position was elsewhere than we knew. Reading from there once more tells which.
      this.#hole = from;
      this.#consumer.doubt();
      answer = await this.#ask(from, options);
      before = answer.records[0]?.offset ?? from;
    }
    if (answer.cut && answer.records.length === 0) return this.#passLarge(from, options);
    if (answer.records.length === 0) return this.#silence(from);
    const holes = holesIn(answer.records, from).filter((at) => at === from || this.#rules.mixesFetches);
    const start = holes.length === 0 ? from : (await this.#bounds(options.signal)).start;
    const lost = holes.find((at) => at > from && at < start);
    // What lies behind offsets that may have been deleted unread is read anew: then they come first, and are told as gone.
    const records = lost === undefined ? answer.records : answer.records.filter(({ offset }) => offset < lost);
    this.#goesOn();
    return {
      from: String(within(from, start, before)),
      records: records.map(sourceRecordOf),
      next: String((records.at(-1)?.offset ?? from) + 1n),
    };
  }

  #goesOn(): void {
    this.#silences = 0;
    this.#trouble = undefined;
    this.#hole = undefined;
  }

  /** One poll at `from`, with what lies below it left out. */
  async #ask(from: bigint, options: PollOptions): Promise<PollAnswer> {
    const { maxBytes, waitMs, signal } = options;
    const { topic, partition, mostBytes } = this.#options;
    // In base64, and with what stands around it, a record takes more than its bytes.
    const asked = this.#wide ? undefined : Math.min(maxBytes, mostBytes >> 1);
    const rest = this.#restUntil - this.#options.now();
    if (rest > 0) throw new OrielError('UNAVAILABLE', `the gateway has asked for ${rest} ms of rest`, { retryable: true, retryAfterMs: rest });
    const answer = await this.#consumer.poll(from, waitMs, asked, signal);
    if (answer.status === 422 && asked !== undefined) {
      // More than asked for, and skipped: what it was is read by asking for all, up to what may be read of it.
      this.#wide = true;
      return this.#ask(from, options);
    }
    if (answer.status < 200 || answer.status > 299) {
      this.#consumer.doubt();
      this.#restUntil = this.#options.now() + Math.min(answer.retryAfterMs ?? 0, MOST_REST_MS);
      throw gatewayFault(answer, `reading ${topic}-${partition}`);
    }
    try {
      const { records, cut } = pollAnswerOf(answer, topic, partition);
      const kept = records.filter(({ offset }) => offset >= from);
      const last = records.at(-1)?.offset;
      if (last !== undefined && last < from) throw this.#elsewhere(from, last);
      const dropped = this.#rules.dropsTheRest && asked !== undefined && bytesOf(records) >= asked;
      if (cut || dropped) this.#consumer.doubt();
      else this.#consumer.stands(last === undefined ? from : last + 1n);
      if (this.#rules.hidesLarge) this.#wide = records.length === 0;
      return { records: kept, cut };
    } catch (error) {
      this.#consumer.giveUp();
      throw error;
    }
  }

  /**
   * The first record at or above `from` is more than may be read: an answer that has nothing else is cut before its end. It is handed on as too large where it is proven to be
   * the one at `from`: reading from the next offset gives another first, or the log ends there.
   */
  async #passLarge(from: bigint, options: PollOptions): Promise<Batch> {
    const { topic, partition, mostBytes } = this.#options;
    const waitMs = Math.max(options.waitMs, LARGE_MS);
    let behind = await this.#ask(from + 1n, { ...options, waitMs });
    for (let left = LARGE_POLLS; left > 0 && !behind.cut && behind.records.length === 0; left -= 1) {
      behind = await this.#ask(from + 1n, { ...options, waitMs });
    }
    this.#consumer.doubt();
    const another = behind.records.length > 0;
    const alone = !another && !behind.cut && (await this.#bounds(options.signal)).end === from + 1n;
    if (!another && !alone) {
      this.#trouble = `${topic}-${partition}: the gateway gives no record at or above offset ${from} within ${mostBytes} bytes, and which offset it has is not proven. Let more be read at once, or write it anew in parts.`;
      return { from: String(from), records: [], next: String(from) };
    }
    this.#trouble = undefined;
    return { from: String(from), records: [{ offset: String(from), value: { omitted: mostBytes } }], next: String(from + 1n) };
  }

  #silence(from: bigint): Batch {
    const { topic, partition } = this.#options;
    if (this.#start > from) {
      // Nothing was written since all of that was deleted.
      this.#goesOn();
      return { from: String(this.#start), records: [], next: String(this.#start) };
    }
    this.#silences += 1;
    if (this.#silences >= SILENCES && this.#end > from) {
      // Should the position be elsewhere than we know, by what an earlier reader had under way, it is set anew: once.
      if (this.#trouble === undefined) this.#consumer.doubt();
      this.#trouble = `${topic}-${partition} ends at offset ${this.#end}, and its gateway gives no record from ${from} on. These may be marks of transactions, or one that is still open: a gateway does not tell. Reading goes on with the next record.`;
    } else if (this.#end <= from) {
      this.#trouble = undefined;
    }
    return { from: String(from), records: [], next: String(from) };
  }

  async #bounds(signal: AbortSignal): Promise<{ readonly start: bigint; readonly end: bigint }> {
    const { connection, topic, partition } = this.#options;
    const bounds = await offsetsOf(connection, topic, partition, this.#options, signal);
    this.#start = bounds.start;
    this.#end = bounds.end;
    return bounds;
  }

  /** A gateway whose log does not have the offset that was sought begins at the log's start, and says nothing. */
  #elsewhere(from: bigint, given: bigint): OrielError {
    const { topic, partition } = this.#options;
    return new OrielError(
      'UNAVAILABLE',
      `reading ${topic}-${partition} from ${from}: the gateway gave records up to ${given} alone, as where the log ends before ${from}`,
      {
        retryable: true,
      },
    );
  }
}

/** Where records are missing from `from` on, below the last one: the first offset of each stretch. */
function holesIn(records: PollAnswer['records'], from: bigint): bigint[] {
  return records.flatMap(({ offset }, i) => {
    const expected = i === 0 ? from : (records[i - 1]?.offset ?? from) + 1n;
    return offset > expected ? [expected] : [];
  });
}

/** `value`, or the bound that it lies beyond. */
function within(least: bigint, value: bigint, most: bigint): bigint {
  if (value < least) return least;
  if (value > most) return most;
  return value;
}
