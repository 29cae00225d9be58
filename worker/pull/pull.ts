import { messageOf, OrielError } from '../../src/core/errors.ts';
import type { LiveSource } from '../../src/protocol/live.ts';
import { log } from '../log.ts';
import { Delivering } from './delivering.ts';
import { againAt, type Failure, failureAfter, isPast, nextPoll, nextPull, nextRead, type Pace, type Standing } from './pace.ts';
import { PullPeer } from './peer.ts';
import type { PullPort } from './port.ts';
import { bridgeOf, isGoingOn, Reading } from './reading.ts';
import { StoredPull } from './stored.ts';

/** What one round does at most; what is left is the next one's, at once. */
const MOST_MS = 10_000;
const MOST_TURNS = 100;
/** Calls of a gateway, and records, each of which can be a call of a customer: the platform counts the calls of one run of an alarm, and fails those beyond its bound. */
const MOST_CALLS = 40;
const MOST_RECORDS = 4_000;
/** After so many polls without a record the pause is the longest. */
const MANY_EMPTIES = 20;

const FULL = 'Its outbox is full: it takes no record until the sink has taken outcomes.';
/** Refusals that somebody has to mend. */
const FOR_GOOD = ['PARTITIONS', 'INCARNATION'];

/**
 * Reads the partition's log from a REST gateway, with no bridge: the object polls by its alarm, and speaks the bridge's side of the protocol to itself. It waits for the gateway outside the object's turns,
 * so nobody else waits for it; what comes of it is handled in turn. Nothing of it runs between two rounds.
 */
export class Pull {
  readonly #port: PullPort;
  readonly #stored: StoredPull;
  readonly #reading: Reading;
  readonly #delivering: Delivering;
  /** What was there to be sent when the object came to memory is tried when its alarm rings: the sink may have failed. */
  readonly #hadOutcomes: boolean;
  /** It came to memory to go on. */
  readonly #wasAdmitted: boolean;
  #peer: PullPeer;
  #standing: Standing;
  #unclaimed: Failure | undefined;
  #unsunk: Failure | undefined;
  /** Something has failed: the log can have become another one meanwhile. */
  #isUncertain = false;
  #isUnderWay = false;
  /** What was said last of what goes wrong: each is said once. */
  #said = '';
  #calls = 0;

  constructor(given: Omit<PullPort, 'fetch'>) {
    // Looked up when it is called: not as a method.
    const counted: typeof fetch = (...asked) => {
      this.#calls++;
      return fetch(...asked);
    };
    const port = { ...given, fetch: counted };
    this.#port = port;
    const { meta } = port.ledger;
    this.#hadOutcomes = meta.seq > meta.acked;
    this.#standing = { is: 'new', at: port.now() };
    this.#stored = new StoredPull(port.ledger, port.settings.connection.base);
    this.#reading = new Reading(port, this.#stored);
    this.#delivering = new Delivering(port, this.#stored);
    this.#peer = this.#restored();
    this.#wasAdmitted = this.#peer.state.active;
    if (port.mode !== 'source')
      this.#standing = { is: 'over', message: `A gateway is a live log, which runs with ORIEL_TIME=source, not ${port.mode}.` };
  }

  /** As one that speaks the protocol, while it is admitted. */
  get peer(): PullPeer | undefined {
    return this.#peer.isOpen && this.#peer.state.active ? this.#peer : undefined;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** The source as people see it, where no other bridge is connected: connected while the gateway answers. */
  toldOf(source: LiveSource): LiveSource {
    const standing = this.#standing;
    const isWell = this.peer !== undefined && !['failed', 'faulty', 'over'].includes(standing.is);
    const why = 'message' in standing ? standing.message : (this.#reading.trouble ?? this.#unclaimed?.message ?? this.#unsunk?.message);
    return { ...source, connected: isWell, stalled: source.stalled ?? why ?? (this.#peer.hasCredit ? null : FULL) };
  }

  /** When the alarm is to ring for it. While a round is under way it is not: an alarm that does not come to its end rings again. */
  nextAt(armedAt: number | undefined): number | undefined {
    if (this.#isUnderWay || this.#isSuperseded()) return undefined;
    // Of a gateway that was never read the alarm says nothing.
    return nextPull(this.#pace(), this.#stored.isSameGateway ? armedAt : undefined);
  }

  /** The alarm rings: whether a round is due, which is under way from now on. */
  begin(now: number): boolean {
    const at = this.nextAt(undefined);
    this.#isUnderWay ||= at !== undefined && at <= now;
    return this.#isUnderWay;
  }

  /** One round. Never rejects. */
  async round(): Promise<void> {
    if (this.#standing.is === 'new') this.#reading.goOn();
    try {
      await this.#run();
    } catch (error) {
      this.#fail(error);
    }
    await this.#reading.settle().catch((error: unknown) => this.#fail(error));
    this.end();
  }

  /** No round is under way any more. */
  end(): void {
    this.#isUnderWay = false;
  }

  /** The operator has reset the source: it comes anew, as the newest there is. */
  reset(): void {
    if (this.#port.mode !== 'source') return;
    this.#stored.keepGeneration(this.#port.now());
    this.#renew();
    this.#standing = { is: 'more', at: this.#port.now() };
    this.#unclaimed = undefined;
    this.#unsunk = undefined;
  }

  get #name(): string {
    return `${this.#port.topic}/${this.#port.partition}`;
  }

  get #bridge(): string {
    return bridgeOf(this.#port);
  }

  /** A peer as the object knows it: still admitted where nobody else has come since. */
  #restored(): PullPeer {
    const { ledger, settings, credit } = this.#port;
    const { meta } = ledger;
    const bridge = this.#bridge;
    const isOurs = !meta.reset && meta.fence?.bridge === bridge && meta.fence.epoch === settings.epoch && this.#stored.isSameGateway;
    const admitted = { bridge, active: true, outcomes: settings.sink !== undefined, acked: meta.next, sentSeq: meta.acked };
    return new PullPeer(this.#name, isOurs && meta.next !== null ? admitted : { bridge }, credit());
  }

  /** Whether another bridge holds the source, which only a reset takes from it. */
  #isSuperseded(): boolean {
    const { ledger, settings } = this.#port;
    const { fence, reset } = ledger.meta;
    if (fence === null || reset || fence.bridge === this.#bridge) return false;
    const generation = this.#stored.generation ?? Number.POSITIVE_INFINITY;
    const isAbove = fence.epoch > settings.epoch || (fence.epoch === settings.epoch && fence.generation >= generation);
    if (isAbove && this.#standing.is !== 'over')
      this.#standing = { is: 'over', message: `Bridge ${fence.bridge.slice(0, 80)} has taken the source over; the pull comes again after a reset.` };
    return isAbove;
  }

  #pace(): Pace {
    const { active, want } = this.#peer.state;
    const isLeft = this.#standing.is === 'new' && this.#hadOutcomes;
    return {
      standing: this.#standing,
      idleMs: this.#port.settings.idleMs,
      hasCredit: !active || this.#peer.hasCredit,
      want: want?.at,
      unclaimed: this.#unclaimed,
      hasOutcomes: this.peer !== undefined && this.#peer.outcomes.length > 0 && !isLeft,
      unsunk: this.#unsunk,
    };
  }

  async #run(): Promise<void> {
    const { now, attend } = this.#port;
    const until = now() + MOST_MS;
    const callsBefore = this.#calls;
    const takenBefore = this.#reading.taken;
    const hasRoom = (turns: number) =>
      turns < MOST_TURNS && now() < until && this.#calls < callsBefore + MOST_CALLS && this.#reading.taken < takenBefore + MOST_RECORDS;
    for (let turns = 0; hasRoom(turns); turns++) {
      await attend();
      await this.#deliver();
      if (isPast(nextRead(this.#pace(), undefined), now()) && (await this.#isAdmitted())) await this.#read();
      if (!isPast(nextPull(this.#pace(), undefined), now())) return;
    }
  }

  /** Claims what is wanted, and polls where that is due. */
  async #read(): Promise<void> {
    const isBehind = await this.#claim();
    if (!isGoingOn(this.#peer)) return;
    const at = this.#port.now();
    const isIdle = this.#standing.is === 'idle';
    if (!this.#peer.hasCredit) this.#standing = { is: 'more', at };
    else if (isBehind || !isIdle || isPast(nextPoll(this.#pace()), at)) await this.#poll(isBehind);
  }

  /** Whether frames count: says hello where it has not, or where the log may have become another; says why where they do not. */
  async #isAdmitted(): Promise<boolean> {
    if (this.#peer.state.rewinding) {
      const until = this.#peer.state.retryAt ?? 0;
      const at = this.#port.now();
      if (until > at) {
        this.#standing = { is: 'waiting', at, until };
        return false;
      }
      this.#reading.goOn();
      this.#peer.amend({ rewinding: false, retryAt: null });
    }
    if (this.#isUncertain && this.peer !== undefined && !(await this.#reading.isSame())) this.#renew();
    if (this.#peer.isOpen && (!this.#peer.state.active || this.#port.ledger.meta.next === null)) await this.#reading.hello(this.#peer);
    const { refusal } = this.#peer;
    if (refusal === undefined) {
      this.#isUncertain = false;
      return true;
    }
    this.#renew();
    const { code, message } = refusal;
    if (code === 'SUPERSEDED') this.#standing = { is: 'over', message };
    else
      this.#fail(
        new OrielError(code === 'PARTITIONS' || code === 'INCARNATION' ? code : 'UNAVAILABLE', message, { retryable: !FOR_GOOD.includes(code) }),
      );
    return false;
  }

  async #deliver(): Promise<void> {
    if (this.peer === undefined || this.#peer.outcomes.length === 0 || !this.#isDue(this.#unsunk)) return;
    try {
      await this.#delivering.deliver(this.#peer);
      this.#unsunk = undefined;
    } catch (error) {
      this.#unsunk = this.#failure(this.#unsunk, `The sink failed and is tried again: ${messageOf(error)}`, error);
      this.#say('warn', 'the sink failed', this.#unsunk.message);
    }
  }

  /** Makes the claim that is wanted, where it is due. Whether the end it rests on has not been read yet. */
  async #claim(): Promise<boolean> {
    const { want } = this.#peer.state;
    const now = this.#port.now();
    if (want === null || want.at > now || !this.#peer.hasCredit || !isGoingOn(this.#peer) || !this.#isDue(this.#unclaimed)) return false;
    const claim = await this.#reading.claim(this.#peer);
    if (claim === 'behind') return true;
    if (claim === 'changed') this.#isUncertain = true;
    const isUnproven = typeof claim === 'object' && 'unproven' in claim;
    const isShort = typeof claim === 'object' && 'claimed' in claim && (this.#peer.state.want?.at ?? Number.POSITIVE_INFINITY) <= claim.claimed;
    if (isShort) this.#unclaimed = this.#failure(this.#unclaimed, 'The claim could not be taken up yet.');
    else if (isUnproven) this.#unclaimed = this.#failure(this.#unclaimed, claim.unproven);
    else this.#unclaimed = undefined;
    return false;
  }

  async #poll(isBehind: boolean): Promise<void> {
    const got = await this.#reading.poll(this.#peer);
    const at = this.#port.now();
    if (this.#said !== '') this.#say('info', 'the pull goes on', '');
    this.#standing = got ? { is: 'more', at } : { is: 'idle', at, empties: this.#empties() + 1 };
    if (!got && isBehind) this.#unclaimed = this.#failure(this.#unclaimed, 'The log goes on, and the gateway gives nothing of it yet.');
  }

  /** Polls without a record before this one. An object that comes to memory to go on has been idle until then: else it would have stayed there. */
  #empties(): number {
    const standing = this.#standing;
    if (standing.is === 'idle') return standing.empties;
    return standing.is === 'new' && this.#wasAdmitted ? MANY_EMPTIES : 0;
  }

  #fail(error: unknown): void {
    const message = messageOf(error);
    this.#isUncertain = true;
    if (error instanceof OrielError && !error.retryable) {
      this.#standing = { is: 'faulty', at: this.#port.now(), message };
      this.#say('error', 'the pull has stopped', message, error.code);
    } else {
      const before = this.#standing.is === 'failed' ? this.#standing : undefined;
      this.#standing = { is: 'failed', ...this.#failure(before, `The gateway failed and is asked again: ${message}`, error) };
      this.#say('warn', 'the gateway failed', message);
    }
  }

  #failure(before: Failure | undefined, message: string, error?: unknown): Failure {
    return failureAfter(before, this.#port.now(), message, error);
  }

  #isDue(failure: Failure | undefined): boolean {
    return failure === undefined || againAt(failure) <= this.#port.now();
  }

  #say(level: 'info' | 'warn' | 'error', what: string, error: string, code?: string): void {
    if (error === this.#said) return;
    this.#said = error;
    log(level, what, { object: this.#name, code, ...(error === '' ? {} : { error }) });
  }

  #renew(): void {
    this.#peer = new PullPeer(this.#name, { bridge: this.#bridge }, this.#port.credit());
  }
}
