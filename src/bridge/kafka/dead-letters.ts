import { messageOf } from '../../core/errors.ts';
import type { Backoff } from '../backoff.ts';
import { Pulse } from '../pulse.ts';
import type { Time } from '../time.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { type KafkaConnection, kafkaFault } from './connection.ts';
import { GroupCursor } from './group-cursor.ts';
import { letterId, letterMessage } from './letter-message.ts';
import { askLetters, type Letter } from './letter-page.ts';
import { type Fate, type KafkaMessage, KafkaOutlet, type Outlet } from './outlet.ts';

/** A question is one call of the partition's object, which it wakes: an object with nothing due is to sleep nearly always (P7). */
const ASK_EVERY_MS = 60_000;
const PAGE = 100;
/** The letter copied last is on each page again: fewer would show nothing new. */
const SHORTEST_PAGE = 2;

type Known = Exclude<Fate, { is: 'unknown' }>;

export interface DeadLetterCopierOptions {
  /** The dead-letter topic. */
  readonly target: string;
  readonly outlet: Outlet;
  /** The `seq` to copy next. */
  readonly cursor: Pick<GroupCursor, 'read' | 'write' | 'close'>;
  readonly base: string;
  readonly token: string;
  readonly fetch: typeof globalThis.fetch;
  /** The source partition whose letters are copied. */
  readonly topic: string;
  readonly partition: number;
  readonly time: Time;
  readonly backoff: Backoff;
  readonly log: (line: string) => void;
}

/** What a copier into a topic of a cluster is made of. */
export type DeadLetterTopic = Omit<DeadLetterCopierOptions, 'outlet' | 'cursor'> & { readonly connection: KafkaConnection; readonly group: string };

/**
 * Copies the dead letters of a source partition (R4) into a topic, in their order and at least once: one that stands twice has the same `id` header,
 * `topic/partition/seq`. The truth stays with the partition's object. It asks at the start, at each `nudge`, and every minute for those that nobody told of (late
 * records, events over HTTP).
 *
 * The position is the committed offset of the group `GROUP.dead-letters` on the source partition: the `seq` to copy next, written after the copies are stored. An
 * offset expires after the 7 days that the letters are kept as well. An object that lost its state begins its letters anew; that is seen where the last copied
 * letter is gone and older ones are there, and all of them are copied.
 *
 * A letter too large for the topic is copied without its value; one that the topic refuses all the same is logged and left to the object. Other failures are
 * logged once and tried again; they never hold up the feeding of the partition.
 */
export class DeadLetterCopier {
  readonly #options: DeadLetterCopierOptions;
  readonly #nudges = new Pulse();
  #nudged = false;
  /** `seq` of the last letter copied; `undefined` before the group was asked. */
  #last: bigint | undefined;
  /** What the group has of it. */
  #written: bigint | undefined;
  /** Halved where a page fails: a hundred letters can be more than one answer of an object holds (32 MiB). */
  #limit = PAGE;
  #lastSaid = '';

  constructor(options: DeadLetterCopierOptions) {
    this.#options = options;
  }

  /** Connects as it runs. `group` is the bridge's consumer group. */
  static to({ connection, group, ...options }: DeadLetterTopic): DeadLetterCopier {
    const { target, topic, partition } = options;
    const outlet = KafkaOutlet.to(connection, target, 'dead-letters');
    return new DeadLetterCopier({ ...options, outlet, cursor: new GroupCursor({ connection, group: `${group}.dead-letters`, topic, partition }) });
  }

  /** There may be a new one. Returns at once. */
  nudge(): void {
    this.#nudged = true;
    this.#nudges.beat();
  }

  /** Copies until `signal` aborts; never rejects. Called once. */
  async run(signal: AbortSignal): Promise<void> {
    const { time, backoff } = this.#options;
    const stop = () => void this.#options.outlet.close();
    signal.addEventListener('abort', stop);
    while (!signal.aborted) {
      try {
        this.#nudged = false;
        const more = await this.#copyPage(signal);
        backoff.reset();
        this.#lastSaid = '';
        if (!more) await this.#rest(signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#limit = Math.max(SHORTEST_PAGE, this.#limit >> 1);
        this.#say(`Dead letters are not copied to topic ${this.#options.target} and are tried again: ${messageOf(error)}`);
        await time.sleep(backoff.next(), signal);
      }
    }
    signal.removeEventListener('abort', stop);
    await this.#options.outlet.close();
    await this.#options.cursor.close();
  }

  async #rest(signal: AbortSignal): Promise<void> {
    if (this.#nudged) return;
    const resting = new AbortController();
    await Promise.race([this.#nudges.wait(), this.#options.time.sleep(ASK_EVERY_MS, AbortSignal.any([signal, resting.signal]))]);
    resting.abort();
    // Nobody waits on: else a day without a nudge would leave 1,440 who do.
    this.#nudges.beat();
  }

  /** Copies one page; true where there may be more. Asks from the last letter copied on, to see whether it is still there. */
  async #copyPage(signal: AbortSignal): Promise<boolean> {
    this.#last ??= this.#written = ((await unlessAborted(this.#options.cursor.read(), signal)) ?? 1n) - 1n;
    const last = this.#last;
    const page = await this.#ask(last > 0n ? last - 1n : 0n, signal);
    if (page.length === 0 && last > 0n && (await this.#ask(0n, signal)).length > 0) {
      this.#options.log(`The dead letters begin anew: the partition's object has lost those up to ${last}. All that it has are copied.`);
      this.#last = 0n;
      return true;
    }
    const fresh = page.filter(({ seq }) => BigInt(seq) > last);
    for (const letter of fresh) {
      await this.#copy(letter);
      this.#last = BigInt(letter.seq);
    }
    if (this.#last !== this.#written) await unlessAborted(this.#options.cursor.write(this.#last + 1n), signal);
    this.#written = this.#last;
    const full = page.length === this.#limit;
    if (!full) this.#limit = PAGE;
    return full;
  }

  #ask(after: bigint, signal: AbortSignal): Promise<readonly Letter[]> {
    const { base, topic, partition, token, fetch } = this.#options;
    return askLetters({ place: { base, topic, partition }, token, fetch, after, limit: this.#limit, signal });
  }

  /** One by one: letters are few, and each fate is its own. */
  async #copy(letter: Letter): Promise<void> {
    const fate = await this.#send(letter);
    if (fate.is === 'refused')
      this.#options.log(`Topic ${this.#options.target} refuses dead letter ${letterId(this.#options, letter)} for good: ${fate.why}.`);
  }

  async #send(letter: Letter): Promise<Known> {
    const message = letterMessage(this.#options, letter, this.#options.time.now());
    const fate = await this.#write(message);
    return fate.is === 'refused' && fate.why.endsWith('TOO_LARGE') ? this.#write({ ...message, value: null }) : fate;
  }

  async #write(message: KafkaMessage): Promise<Known> {
    const [fate] = await this.#options.outlet.send([message]);
    if (fate === undefined || fate.is === 'unknown') throw kafkaFault(fate?.error, `write to topic ${this.#options.target}`);
    return fate;
  }

  #say(line: string): void {
    if (line !== this.#lastSaid) this.#options.log(line);
    this.#lastSaid = line;
  }
}
