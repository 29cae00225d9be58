import { messageOf } from '../src/core/errors.ts';
import type { Answer } from '../src/durable-object.ts';
import type { LiveLate, LiveWindow } from '../src/protocol/live.ts';
import { AlarmTimer } from '../src/timers/alarm.ts';
import type { Topology } from '../src/topology.ts';
import type { Stored } from './answers.ts';
import type { PartitionStatus } from './api.ts';
import { FIRST } from './deadlines.ts';
import { Deliveries } from './deliveries.ts';
import { Fanout } from './fanout.ts';
import { HomeFeed, RelayFeed } from './feed.ts';
import { Intake } from './intake.ts';
import { Joint } from './joint.ts';
import { Ledger } from './ledger.ts';
import { faultOf, log } from './log.ts';
import type { ObjectBindings } from './objects.ts';
import { Outbox } from './outbox.ts';
import type { Peer } from './peer.ts';
import { openPull } from './pull/open.ts';
import type { Pull } from './pull/pull.ts';
import { nextAlarm, OVERDUE_MS, PRUNE_MS } from './schedule.ts';
import { peerOf } from './sockets.ts';
import { countsOf, partitionStatus, sourceOf } from './status.ts';
import { servedTopology } from './topology.ts';
import { Viewers } from './viewers.ts';

/**
 * What the entry points of a partition's object share: its parts, and the order of its work. Events are handled one at a time, in the order they came (D2); at the
 * end of each, outcomes go out, viewers are shown what changed, and the alarm is set. Nothing of it lives in a timer (D7).
 */
export class PartitionRuntime {
  readonly topology: Topology;
  /** How many partitions each topic has, by the settings. */
  readonly partitions: number;
  readonly ledger: Ledger;
  readonly fanout: Fanout;
  readonly home: HomeFeed;
  /** Where the topic is not the first of those that feed the topology. */
  readonly relay: RelayFeed | undefined;
  readonly joint: Joint;
  readonly viewers: Viewers;
  /** Where the partition reads a gateway itself. */
  readonly pull: Pull | undefined;
  readonly #ctx: DurableObjectState;
  readonly #topic: string;
  readonly #partition: number;
  readonly #timer: AlarmTimer;
  readonly #outbox: Outbox;
  readonly #intake: Intake;
  readonly #deliveries: Deliveries;
  #queue: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #alarmLatenessMs = 0;
  #prunedAt = 0;
  /** When the alarm would have rung, had a round of the pull not been under way. */
  #dueAt: number | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    const { topology, settings, pull } = servedTopology(env);
    const objects: ObjectBindings = env;
    const name = ctx.id.name ?? '';
    const now = Date.now;
    const topics = settings.ORIEL_TOPIC;
    this.#ctx = ctx;
    this.partitions = settings.ORIEL_PARTITIONS;
    this.#topic = name.slice(0, name.lastIndexOf('/'));
    this.#partition = Number(name.slice(name.lastIndexOf('/') + 1));
    this.topology = topology;
    this.ledger = new Ledger(ctx.storage, now);
    this.#timer = new AlarmTimer(ctx.storage);
    this.#deliveries = new Deliveries({
      inTurn: (task) => this.inTurn(task),
      sync: () => ctx.storage.sync(),
      store: (answers) => this.home.store(answers),
    });
    this.fanout = new Fanout({
      ledger: this.ledger,
      customer: (key) => objects.CUSTOMER.getByName(`${topology.name}/${key}`),
      home: name,
      now,
      onMoved: (until) => this.joint.moved(until),
      onStored: (stored) => this.#watch(stored),
    });
    const place = { ledger: this.ledger, topology, topic: this.#topic, partition: this.#partition, topics, objects, now };
    this.joint = new Joint(place);
    const source = { ...place, joint: this.joint };
    this.home = new HomeFeed(source, this.fanout);
    this.relay = this.#topic === topics[0] ? undefined : new RelayFeed(source);
    const bridges = (): Peer[] => this.bridges();
    this.#outbox = new Outbox({ ledger: this.ledger, mode: topology.time.mode, bridges, now });
    const showLate = (lates: readonly LiveLate[]): void => this.viewers.note({ lates });
    this.#intake = new Intake({
      ...source,
      feed: this.relay ?? this.home,
      object: ctx.id.name,
      bridges,
      outbox: this.#outbox,
      showLate,
      inTurn: (task) => this.inTurn(task),
    });
    this.pull = openPull(pull, {
      ...{ topic: this.#topic, partition: this.#partition, mode: topology.time.mode, ledger: this.ledger, now },
      credit: () => this.#outbox.credit(),
      take: (peer, frame) => this.#intake.take(peer, { frame }),
      attend: () => this.#attend(),
    });
    this.viewers = new Viewers({
      topic: this.#topic,
      partition: this.#partition,
      topology,
      sockets: () => ctx.getWebSockets('viewer'),
      now,
      watermark: () => this.watermark(),
      counts: () => countsOf(this.ledger, topology.time.mode, now()),
      source: () => this.#source(),
      windows: (after, limit) =>
        this.ledger.deadlines.windows(after, limit).map(({ cursor, window }) => ({ cursor, window: { ...window, held: this.isHeld(window) } })),
      held: (limit) => this.ledger.deadlines.windows(FIRST, limit, now()).map(({ window }) => ({ ...window, held: this.isHeld(window) })),
      lastOutcomes: (count) => this.ledger.outcomes.list(Math.max(0, this.ledger.meta.seq - count), count),
    });
  }

  start(): Promise<void> {
    return this.#timer.recall(Date.now());
  }

  recover(): void {
    const now = Date.now();
    this.#timer.recover(now);
    const { armedAt } = this.#timer;
    if (this.pull === undefined || this.pull.isUnderWay) return;
    if (armedAt !== undefined && armedAt <= now - OVERDUE_MS) this.#timer.fired();
    // An alarm that was set before there was anything to be pulled.
    else if (armedAt !== undefined && armedAt <= (this.pull.nextAt(armedAt) ?? Number.POSITIVE_INFINITY)) return;
    this.finish();
  }

  /** A customer tells what came about by its alarm. */
  deliver(key: string, answer: Answer): Promise<void> {
    return this.#deliveries.deliver(key, answer);
  }

  /** A frame of a bridge at its socket. */
  frame(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    return this.#intake.arrive(peerOf(socket), message);
  }

  /** D4: never fails. `scheduled` is the instant that the alarm was set for. */
  async alarm(scheduled: number | undefined): Promise<void> {
    const now = Date.now();
    this.#alarmLatenessMs = Math.max(0, now - (scheduled ?? this.#timer.armedAt ?? now));
    this.#timer.fired();
    const pulls = this.pull?.begin(now) === true;
    try {
      await this.inTurn(async () => {
        try {
          await this.#wake(now);
        } catch (error) {
          this.#intake.stall.stop(messageOf(error));
        }
      });
      if (!pulls) return;
      await this.pull?.round();
      this.show();
    } catch (error) {
      this.pull?.end();
      log('error', 'state cannot be read, alarm kept', { object: this.#ctx.id.name, ...faultOf(error) });
      this.#timer.arm(Date.now() + OVERDUE_MS);
    }
  }

  /** One event at a time, in the order they came. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(task).finally(() => this.show());
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Ends an event that may have changed what there is to say. */
  show(): void {
    this.#outbox.pump();
    this.#intake.want();
    this.viewers.note({});
    this.finish();
  }

  /** A window is held from now on. */
  showHeld(): void {
    this.viewers.note({ held: true });
    this.show();
  }

  /** Ends an event: viewers and alarm. */
  finish(): void {
    const now = Date.now();
    const reasons = {
      mode: this.topology.time.mode,
      sockets: this.#sockets().map(({ state }) => state),
      leastDeadline: this.ledger.deadlines.least(),
      leastHold: this.#leastHold(),
      watermark: this.home.watermark(),
      failures: this.#failures,
      retryAt: this.#intake.stall.retryAt,
      jointRetryAt: this.joint.retryAt(this.home.due()),
      parkedRetryAt: this.ledger.parking.retryAt(),
      flushAt: this.viewers.flush(),
      hasHistory: this.ledger.hasHistory(),
      pullAt: this.pull?.nextAt(this.#timer.armedAt),
    };
    this.#dueAt = nextAlarm(reasons, now);
    // Until its handler has ended it is this alarm that would ring again; to set one for each frame of a round would be a row for nothing.
    if (this.pull?.isUnderWay !== true) this.#timer.arm(this.#dueAt);
  }

  /** As people see it; the one in force is that of `home`. */
  watermark(): number | null {
    if (this.topology.time.mode === 'clock') return this.home.watermark();
    return this.relay === undefined ? this.joint.shown() : (this.ledger.meta.watermarks[this.#topic] ?? null);
  }

  /** The watermark that a customer may know: while it is parked, that of the first record that waits for it (T6, D11). */
  watermarkOf(key: string): number | null {
    return this.ledger.parking.isParked(key) ? (this.ledger.parking.front(key).items[0]?.watermark ?? null) : this.home.watermark();
  }

  /** T6. */
  isHeld({ key, closesAt }: Pick<LiveWindow, 'key' | 'closesAt'>): boolean {
    if (this.topology.time.mode !== 'source' || closesAt > Date.now()) return false;
    const watermark = this.home.watermark();
    return watermark === null || watermark < closesAt || this.ledger.parking.isParked(key);
  }

  bridges(): Peer[] {
    const pull = this.pull?.peer;
    return pull === undefined ? this.#sockets() : [...this.#sockets(), pull];
  }

  status(): PartitionStatus {
    return partitionStatus({
      topic: this.#topic,
      partition: this.#partition,
      time: this.topology.time.mode,
      ledger: this.ledger,
      now: Date.now(),
      watermark: this.watermark(),
      source: this.#source(),
      alarmLatenessMs: this.#alarmLatenessMs,
    });
  }

  #sockets(): Peer[] {
    return this.#ctx
      .getWebSockets('bridge')
      .map(peerOf)
      .filter(({ isOpen }) => isOpen);
  }

  /** While a round of the pull keeps the alarm from ringing: does what it would do. */
  async #attend(): Promise<void> {
    const now = Date.now();
    if (this.#dueAt === undefined || this.#dueAt > now) return;
    await this.inTurn(() => this.#wake(now)).catch((error: unknown) => this.#intake.stall.stop(messageOf(error)));
  }

  async #wake(now: number): Promise<void> {
    const { mode } = this.topology.time;
    this.#intake.refuseSilent(now);
    await this.fanout.retryParked(this.home.watermark());
    if (this.joint.isDue(now, this.home.due())) await this.joint.advance(this.home.due());
    const watermark = this.home.watermark();
    const upTo = mode === 'clock' ? now - OVERDUE_MS : (watermark ?? Number.NEGATIVE_INFINITY);
    let unreached = await this.fanout.settle(upTo, watermark);
    const { maxHoldMs } = this.topology.time;
    if (mode === 'source' && maxHoldMs !== undefined) unreached += await this.fanout.settle(now - maxHoldMs - OVERDUE_MS, watermark, 'windows');
    this.#failures = unreached === 0 ? 0 : this.#failures + 1;
    this.#intake.wantAgain(now);
    this.#intake.rewind(now);
    if (now >= this.#prunedAt + PRUNE_MS && this.ledger.hasHistory()) {
      this.ledger.prune(now, this.topology.retentionMs, mode !== 'clock');
      this.#prunedAt = now;
    }
  }

  #leastHold(): number | undefined {
    const { mode, maxHoldMs } = this.topology.time;
    const at = mode === 'source' && maxHoldMs !== undefined ? this.ledger.deadlines.least('windows') : undefined;
    return at === undefined ? undefined : at + (maxHoldMs ?? 0);
  }

  #source(): PartitionStatus['source'] {
    const states = this.bridges().map(({ state }) => state);
    const source = sourceOf(states, this.#intake.stall.message ?? this.joint.reason(this.home.due()));
    return this.pull === undefined || this.#sockets().some(({ state }) => state.active) ? source : this.pull.toldOf(source);
  }

  #watch({ windows, outcomes, lates }: Stored): void {
    const shown = windows.map((window) => ({ ...window, held: window.closed === undefined && window.gone === undefined && this.isHeld(window) }));
    this.viewers.note({ windows: shown, outcomes, lates });
  }
}
