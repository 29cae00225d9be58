import { messageOf, OrielError } from '../../core/errors.ts';
import { compareOffsets } from '../../core/record.ts';
import { CLOSE } from '../../protocol/sockets.ts';
import type { Backoff } from '../backoff.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Sink, SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import { Connection, type ConnectionEnd, type Identity } from './connection.ts';
import { OutcomeLane } from './outcome-lane.ts';
import type { Standing } from './standing.ts';
import { SessionState } from './state.ts';
import type { Dial } from './transport.ts';
import { type Place, verdictOn } from './verdict.ts';

/** Connections in a row that ended in a protocol fault with nothing achieved: then the session gives up. */
const STRIKES = 5;
/** With what source and sink take to close, 10 s. */
const DRAIN_MS = 7_000;
const ASK_EVERY_MS = 500;

export interface SessionOptions {
  readonly identity: Identity;
  readonly base: string;
  readonly partition: SourcePartition;
  /** Absent where the bridge takes no outcomes. */
  readonly sink: Sink | undefined;
  readonly time: Time;
  readonly dial: Dial;
  /** Where the partition stands, as the Worker says; asked at the end of a replay, and where the log is refused. */
  readonly ask: () => Promise<Standing>;
  readonly newBackoff: () => Backoff;
  readonly log: (line: string) => void;
  /** Called after each record that the object told to be a dead letter. */
  readonly onReject?: (() => void) | undefined;
}

export interface SessionEnd {
  readonly exit: ExitCode;
  /** Why, where it did not end as asked. */
  readonly say?: string;
}

export interface SessionStats {
  readonly topic: string;
  readonly partition: number;
  readonly connected: boolean;
  /** Records sent, those sent again included; acknowledged; dead letters told of. */
  readonly sent: number;
  readonly acknowledged: number;
  readonly rejected: number;
  readonly claims: number;
  /** Outcomes settled by the sink. */
  readonly outcomes: number;
  /** Offsets between what is acknowledged, or holds no record, and the end of the log, as last known. */
  readonly lag: number;
  /** The instant the object waits for a claim of, or null. */
  readonly wanted: number | null;
  /** What keeps the source from being read or claimed just now. */
  readonly trouble?: string;
}

/** Feeds one partition for as long as it is ours: connects, reconnects with back-off, ends by `stop`, by the end of a replay, or for good. */
export class Session {
  readonly #options: SessionOptions;
  readonly #state = new SessionState();
  readonly #lane: OutcomeLane | undefined;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #connection: Connection | undefined;
  #end: SessionEnd | undefined;
  #strikes = 0;
  /** The generation in which the object refused us as superseded, though it was the group's. */
  #refusedIn: number | undefined;
  #lastSaid = '';

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#backoff = options.newBackoff();
    const { sink, time, log } = options;
    this.#state.onReject = options.onReject;
    if (sink !== undefined)
      this.#lane = new OutcomeLane({ sink, time, log, backoff: options.newBackoff(), onSettled: (outcomes) => this.#settled(outcomes) });
  }

  /** Runs to the end, and says how it came. Called once. */
  async run(): Promise<SessionEnd> {
    const { partition } = this.#options;
    partition.revoked.addEventListener('abort', () => void this.stop());
    if (partition.revoked.aborted) return { exit: EXIT.ok };
    this.#lane?.run().catch((error: unknown) => this.#finish({ exit: EXIT.fault, say: `The sink failed: ${messageOf(error)}` }));
    if (partition.mode === 'replay') {
      this.#watchReplay().catch((error: unknown) => {
        const refused = error instanceof OrielError && error.code === 'NOT_ALLOWED';
        this.#finish({ exit: refused ? EXIT.refused : EXIT.fault, say: messageOf(error) });
      });
    }
    while (this.#end === undefined && !this.#stopping.signal.aborted) {
      await this.#connectOnce();
      if (this.#end === undefined) await this.#options.time.sleep(this.#backoff.next(), this.#stopping.signal);
    }
    this.#stopping.abort();
    this.#lane?.close();
    return this.#end ?? { exit: EXIT.ok };
  }

  /** No new data; waits up to 7 s for what is out, both ways, then says goodbye. Resolves when that is said; `run` resolves after it. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    const connection = this.#connection;
    const waiting = new AbortController();
    const drained = connection?.welcomed === true ? connection.drain().then(() => this.#lane?.emptied()) : undefined;
    if (drained !== undefined) await Promise.race([drained, this.#options.time.sleep(DRAIN_MS, waiting.signal)]);
    waiting.abort();
    this.#finish({ exit: EXIT.ok }, CLOSE.goingAway);
  }

  stats(): SessionStats {
    const { topic, partition, start, end, trouble } = this.#options.partition;
    const { sent, acknowledged, rejected, claims, outcomes, passed } = this.#state;
    const lag = Number(BigInt(end) - BigInt(passed ?? start));
    return {
      topic,
      partition,
      connected: this.#connection?.welcomed ?? false,
      sent,
      acknowledged,
      rejected,
      claims,
      outcomes,
      lag: Math.max(0, lag),
      wanted: this.#connection?.wanted ?? null,
      ...(trouble === undefined ? {} : { trouble }),
    };
  }

  async #connectOnce(): Promise<void> {
    const { identity, base, partition, time, dial, log } = this.#options;
    const fault = await this.#prepare();
    if (this.#end !== undefined || this.#stopping.signal.aborted) return;
    const connection = new Connection({
      identity,
      partition,
      lane: this.#lane,
      state: this.#state,
      time,
      dial,
      log,
      onProgress: (what) => this.#progressed(what),
    });
    this.#connection = connection;
    const generation = partition.generation;
    const end: ConnectionEnd = fault === undefined ? await connection.run() : { ended: { kind: 'unreachable', message: '' }, ...fault };
    if (this.#end !== undefined || this.#stopping.signal.aborted) return;
    const place: Place = { base, topic: partition.topic, partition: partition.partition, grouped: partition.isCurrent !== undefined };
    const verdict = verdictOn(end, place);
    if (verdict.kind === 'stop') {
      if (verdict.exit === EXIT.superseded && (await this.#mayComeAgain(generation))) return;
      if (end.error?.code === 'INCARNATION' && (await this.#wasOvertaken())) return;
      return this.#finish({ exit: verdict.exit, say: verdict.say });
    }
    if (verdict.strike && ++this.#strikes >= STRIKES)
      return this.#finish({ exit: EXIT.fault, say: `${verdict.say} It was the ${STRIKES}th time in a row without any progress: giving up.` });
    if (verdict.say !== this.#lastSaid) log(verdict.say);
    this.#lastSaid = verdict.say;
  }

  /** What kept the source from being ready for a connection, if anything did. */
  async #prepare(): Promise<{ readonly fault: unknown } | undefined> {
    try {
      await this.#options.partition.prepare(this.#stopping.signal);
      return undefined;
    } catch (fault) {
      return { fault };
    }
  }

  /**
   * In a group the partition goes from one to another: the object hears of the new owner before we do. Then our generation is no longer the group's, and we either lose the
   * partition or come again with a newer one. Where it still is the group's we come again once (the operator can have reset the source), and are refused for good.
   */
  async #mayComeAgain(generation: number): Promise<boolean> {
    const { partition } = this.#options;
    if (partition.isCurrent === undefined) return false;
    try {
      const current = await partition.isCurrent(generation, this.#stopping.signal);
      const before = this.#refusedIn;
      this.#refusedIn = generation;
      return !current || before !== generation;
    } catch {
      return true;
    }
  }

  /**
   * Whether an object that takes our log for another, since it has come further than the end that we named, has only been fed by who had the partition before us: it has the same log, and
   * that goes as far by now.
   */
  async #wasOvertaken(): Promise<boolean> {
    const { ask, partition } = this.#options;
    try {
      const { next, incarnation } = await ask();
      const { end } = await partition.endAt(this.#stopping.signal);
      return incarnation === partition.incarnation && next !== null && compareOffsets(next, end) <= 0;
    } catch {
      return false;
    }
  }

  /** The first end counts. The connection is closed with it. */
  #finish(end: SessionEnd, code: number = CLOSE.normal): void {
    this.#end ??= end;
    this.#stopping.abort();
    this.#connection?.close(code, code === CLOSE.goingAway ? 'the bridge stops' : '');
  }

  #progressed(what: 'moved' | 'alive'): void {
    this.#backoff.reset();
    this.#lastSaid = '';
    if (what !== 'moved') return;
    this.#strikes = 0;
    this.#refusedIn = undefined;
  }

  #settled(outcomes: number): void {
    this.#state.outcomes += outcomes;
  }

  /** A replay is done when its last claim is out, all is taken, nothing is open or waiting, and every outcome has been stored. */
  async #watchReplay(): Promise<void> {
    const { time, ask, partition } = this.#options;
    while (!this.#stopping.signal.aborted) {
      await time.sleep(ASK_EVERY_MS, this.#stopping.signal);
      const claim = this.#state.claim;
      if (claim === undefined || this.#stopping.signal.aborted) continue;
      try {
        const { next, counts, outbox } = await ask();
        const taken = (next ?? partition.start) === claim.next;
        const stored = this.#lane === undefined || (outbox.depth === 0 && this.#lane.idle);
        if (taken && counts.open === 0 && counts.waiting === 0 && stored) return this.#finish({ exit: EXIT.ok });
      } catch (error) {
        if (!(error instanceof OrielError && error.retryable)) throw error;
      }
    }
  }
}
