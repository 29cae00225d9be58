import type { EventLine } from '../../support/events.ts';
import { Bridge, lineOf } from '../durable/bridge.ts';
import { alarmOf, partition, setClock } from '../durable/world.ts';
import { live } from './platform.ts';
import { surely } from './running.ts';

/** Between two attempts. */
const PAUSE_MS = 1_000;
const MOST_ATTEMPTS = 20;
const LOOKS_BETWEEN_QUESTIONS = 25;
const MOST_LOOKS = 3_000;

/** A log that nothing is lost from, and a bridge over it that never gives up: it connects again, sends again from what is wanted, claims again. Its sink keeps each outcome once. */
export class Source {
  readonly log: EventLine[] = [];
  /** Outcomes by id, in the order in which each came first. */
  readonly sink = new Map<string, string>();
  /** What came again with another content: an outcome's id says all of it. */
  readonly contradicted: string[] = [];
  #bridge: Bridge | undefined;
  readonly #gone = new WeakSet<Bridge>();

  /** Appends events, and brings everything through: records, a claim of now, outcomes to the sink. */
  async bring(...events: readonly EventLine[]): Promise<void> {
    this.log.push(...events);
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const bridge = this.#bridge ?? (await this.#connect());
      if (bridge !== undefined && (await this.#send(bridge))) return;
      this.#bridge = bridge === undefined || this.#gone.has(bridge) ? undefined : bridge;
      setClock(Date.now() + PAUSE_MS);
    }
    throw new Error(`The partition does not take its records: ${JSON.stringify((await partition().status()).source)}`);
  }

  async #connect(): Promise<Bridge | undefined> {
    try {
      const bridge = await Bridge.open();
      void bridge.closed.then(() => this.#gone.add(bridge));
      const end = String(this.log.length);
      bridge.send({
        ...{ t: 'hello', bridge: 'b1', mode: 'live', epoch: 0, generation: 1, incarnation: 'log-1', start: '0', end, partitions: 1 },
        ...{ outcomes: true, now: Date.now() },
      });
      if (!(await this.#until(bridge, () => bridge.frames.length > 0))) return undefined;
      const [first] = bridge.frames;
      bridge.next = first?.t === 'welcome' ? Number(first.next ?? 0) : 0;
      this.#bridge = bridge;
      return bridge;
    } catch {
      // The object died as it was called: another one is there next time.
      return undefined;
    }
  }

  /** Says whether all of it went through. */
  async #send(bridge: Bridge): Promise<boolean> {
    if (this.#gone.has(bridge)) return false;
    const acks = count(bridge, 'ack');
    const rest = this.log.slice(bridge.next);
    const frames = rest.length === 0 ? 1 : 2;
    if (rest.length > 0) bridge.post(...rest);
    bridge.send({ t: 'watermark', at: Date.now(), next: String(bridge.next) });
    bridge.send({ t: 'data', from: String(bridge.next), records: [] });
    if (!(await this.#until(bridge, () => count(bridge, 'ack') >= acks + frames))) return false;
    for (const outcome of bridge.outcomes) this.#store(outcome.id, lineOf(outcome).replace(/^#\d+ /, ''));
    if (this.#gone.has(bridge)) return false;
    const last = bridge.outcomes.at(-1);
    if (last !== undefined) bridge.send({ t: 'outcomeAck', seq: last.seq });
    bridge.send({ t: 'data', from: String(bridge.next), records: [] });
    return this.#until(bridge, () => count(bridge, 'ack') > acks + frames);
  }

  #store(id: string, line: string): void {
    const known = this.sink.get(id);
    if (known !== undefined && known !== line) this.contradicted.push(`${known} and ${line}`);
    this.sink.set(id, line);
  }

  /** Waits for an answer; `false` where the socket closes first, or something has to be sent again. */
  async #until(bridge: Bridge, isAnswered: () => boolean): Promise<boolean> {
    const nacks = count(bridge, 'nack');
    for (let look = 1; look < MOST_LOOKS; look++) {
      if (isAnswered()) return true;
      const nack = bridge.frames.findLast((frame) => frame.t === 'nack');
      if (nack?.t === 'nack' && count(bridge, 'nack') > nacks) {
        bridge.next = Number(nack.expected);
        return false;
      }
      if (this.#gone.has(bridge)) return false;
      if (look % LOOKS_BETWEEN_QUESTIONS === 0) await this.#waitForTheAlarm();
      await scheduler.wait(1);
    }
    throw new Error(`No answer came; what came: ${JSON.stringify(bridge.frames).slice(-2_000)}`);
  }

  /** A partition that has stopped goes on by its alarm. */
  async #waitForTheAlarm(): Promise<void> {
    const { source } = await surely(() => partition().status());
    const alarm = source.stalled === null ? null : await surely(() => alarmOf(partition()));
    if (alarm !== null) await live(alarm, () => partition());
  }
}

function count(bridge: Bridge, t: string): number {
  return bridge.frames.filter((frame) => frame.t === t).length;
}
