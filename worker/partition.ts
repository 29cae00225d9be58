import { DurableObject } from 'cloudflare:workers';
import { messageOf, OrielError } from '../src/core/errors.ts';
import type { StreamRecord } from '../src/core/record.ts';
import type { Disposition } from '../src/core/step.ts';
import type { Answer } from '../src/durable-object.ts';
import { INGEST_PROTOCOL, LIVE_PROTOCOL } from '../src/protocol/frames.ts';
import { HELLO_TIMEOUT_MS } from '../src/protocol/limits.ts';
import type { LiveOutcome, LiveWindow } from '../src/protocol/live.ts';
import { AlarmTimer } from '../src/timers/alarm.ts';
import type { DeadLetter, Disposition as Ended, Page, PageQuery, PartitionStatus, PostedEvent } from './api.ts';
import { Fanout, type Stored } from './fanout.ts';
import { HomeFeed, RelayFeed } from './feed.ts';
import { Ingest } from './ingest.ts';
import { Ledger } from './ledger.ts';
import type { ObjectBindings, PartitionObject } from './objects.ts';
import { Outbox } from './outbox.ts';
import { postEvents } from './post.ts';
import { backOff, nextAlarm, OVERDUE_MS, silentAt } from './schedule.ts';
import { amend, attachmentOf, type BridgeSocket, bridgeOf, refuse } from './sockets.ts';
import { partitionStatus, sourceOf, windowsPage } from './status.ts';
import { type Served, servedTopology } from './topology.ts';
import { Viewers } from './viewers.ts';

/** Why a partition does not move: a customer that cannot be reached. Told to whoever looks, and tried again (D2). */
interface Stall {
  readonly since: number;
  readonly message: string;
  readonly attempts: number;
  readonly retryAt: number;
  /** Where the bridge has to begin again, if a frame of its was dropped. */
  readonly expected: string | null;
}

/**
 * One partition of a topic: `topic/partition`. It holds the source's position and watermark, the deadlines of its customers, the outbox and the viewers. Events are
 * handled one at a time, in the order they came (D2); nothing of it lives in a timer (D7).
 */
export class Partition extends DurableObject<Env> implements PartitionObject {
  readonly #served: Served;
  readonly #topic: string;
  readonly #partition: number;
  readonly #ledger: Ledger;
  readonly #timer: AlarmTimer;
  readonly #outbox: Outbox;
  readonly #ingest: Ingest;
  readonly #home: HomeFeed;
  readonly #relay: RelayFeed | undefined;
  readonly #fanout: Fanout;
  readonly #viewers: Viewers;
  #queue: Promise<unknown> = Promise.resolve();
  #stall: Stall | undefined;
  #failures = 0;
  #alarmLatenessMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const objects: ObjectBindings = env;
    const name = ctx.id.name ?? '';
    this.#topic = name.slice(0, name.lastIndexOf('/'));
    this.#partition = Number(name.slice(name.lastIndexOf('/') + 1));
    this.#served = servedTopology(env);
    const { topology } = this.#served;
    this.#ledger = new Ledger(ctx.storage);
    this.#timer = new AlarmTimer(ctx.storage);
    this.#fanout = new Fanout({
      ledger: this.#ledger,
      customer: (key) => objects.CUSTOMER.getByName(`${topology.name}/${key}`),
      home: name,
      now: Date.now,
      onStored: (stored) => this.#watch(stored),
    });
    const topics = this.#served.settings.ORIEL_TOPIC;
    const source = { ledger: this.#ledger, topology, topic: this.#topic, partition: this.#partition, topics, objects, now: Date.now };
    this.#home = new HomeFeed(source, this.#fanout);
    this.#relay = this.#topic === topics[0] ? undefined : new RelayFeed(source);
    const bridges = (): WebSocket[] => this.#bridges();
    this.#outbox = new Outbox({ ledger: this.#ledger, mode: topology.time.mode, bridges, now: Date.now });
    this.#ingest = new Ingest({ ...source, feed: this.#relay ?? this.#home, bridges, outbox: this.#outbox });
    this.#viewers = new Viewers({
      topic: this.#topic,
      partition: this.#partition,
      time: topology.time.mode,
      sockets: () => ctx.getWebSockets('viewer'),
      now: Date.now,
      watermark: () => this.#watermark(),
      counts: () => this.#status().counts,
      source: () => this.#status().source,
      windows: (after, limit) =>
        this.#ledger.windows(after, limit).map(({ cursor, window }) => ({ cursor, window: { ...window, held: this.#isHeld(window.closesAt) } })),
      lastOutcomes: (count) => this.#ledger.outcomes(Math.max(0, this.#ledger.meta.seq - count), count),
    });
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    void ctx.blockConcurrencyWhile(() => this.#timer.recall(Date.now()));
  }

  /** Takes the upgrades of `/v1/ingest` and `/v1/live`; who may was checked before. */
  override async fetch(request: Request): Promise<Response> {
    const isBridge = new URL(request.url).pathname.startsWith('/v1/ingest/');
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    this.ctx.acceptWebSocket(server, [isBridge ? 'bridge' : 'viewer']);
    if (isBridge) {
      server.serializeAttachment({
        ...{ role: 'bridge', acceptedAt: Date.now(), bridge: null, active: false, outcomes: false, acked: null, sentSeq: 0 },
        ...{ rewinding: false, pendingClaim: null, want: null },
      } satisfies BridgeSocket);
    } else {
      server.serializeAttachment({ role: 'viewer', n: 0 });
      this.#viewers.welcome(server);
    }
    this.#finish();
    return new Response(null, { status: 101, webSocket: client, headers: { 'Sec-WebSocket-Protocol': isBridge ? INGEST_PROTOCOL : LIVE_PROTOCOL } });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (attachmentOf(socket).role === 'viewer') {
      this.#viewers.message(socket, message);
      this.#finish();
      return;
    }
    const arrived = this.#ingest.arrive(socket, message);
    if (arrived === undefined) return;
    await this.#inTurn(async () => {
      try {
        await this.#ingest.handle(socket, arrived);
        this.#stall = undefined;
      } catch (error) {
        if (error instanceof OrielError && error.code === 'UNAVAILABLE') {
          this.#stop(error.message, arrived.frame.t === 'data' ? arrived.frame.from : null);
          return;
        }
        console.error(JSON.stringify({ message: 'a frame failed', partition: this.ctx.id.name, frame: arrived.frame.t, error: messageOf(error) }));
        refuse(socket, 'internal', 'INTERNAL', 'The frame could not be handled; connect again.');
      }
      this.#viewers.note({});
    });
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    // Without the answer the other side waits, and sees 1006 (measured, workerd 1.2026).
    socket.close(code === 1005 || code === 1006 ? 1000 : code, reason.slice(0, 100));
    this.#viewers.note({});
    this.#finish();
  }

  override async webSocketError(): Promise<void> {
    this.#viewers.note({});
    this.#finish();
  }

  /** D4: never fails. */
  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    const now = Date.now();
    const due = info?.scheduledTime ?? this.#timer.armedAt ?? now;
    this.#timer.fired();
    this.#alarmLatenessMs = Math.max(0, now - due);
    await this.#inTurn(async () => {
      try {
        await this.#wake(now);
      } catch (error) {
        console.error(JSON.stringify({ message: 'alarm failed, will run again', partition: this.ctx.id.name, error: messageOf(error) }));
        this.#stop(messageOf(error), null);
      }
    }).catch((error: unknown) => {
      console.error(JSON.stringify({ message: 'state cannot be read, alarm kept', partition: this.ctx.id.name, error: messageOf(error) }));
      this.#timer.arm(Date.now() + OVERDUE_MS);
    });
  }

  post(events: readonly PostedEvent[]): Promise<readonly Ended[]> {
    return this.#inTurn(async () => {
      const ended = await postEvents(this.#served.topology, this.#ledger, this.#home, events, Date.now());
      this.#tellBridges();
      return ended;
    });
  }

  /** How far the source is. Asked by a customer whose window is due at `at`: where that is not reached, it is held here. */
  async watermarkFor(at: number): Promise<number | null> {
    const watermark = this.#watermark();
    if (watermark === null || watermark < at) {
      this.#ingest.want();
      const held = this.#ledger.windows({ at: -1, key: '', ordinal: -1 }, 500, Date.now());
      this.#viewers.note({ windows: held.map(({ window }) => ({ ...window, held: this.#isHeld(window.closesAt) })) });
      this.#finish();
    }
    return watermark;
  }

  deliver(key: string, answer: Answer): Promise<void> {
    return this.#inTurn(async () => {
      this.#home.store(key, answer);
      this.#tellBridges();
    });
  }

  foldFrom(records: readonly StreamRecord[]): Promise<readonly Disposition[]> {
    return this.#inTurn(async () => {
      const watermark = this.#watermark();
      const dispositions = await this.#home.fold(
        records.map((record) => ({ record, watermark })),
        () => undefined,
      );
      this.#tellBridges();
      return dispositions;
    });
  }

  claimFrom(topic: string, watermark: number | null): Promise<number | null> {
    return this.#inTurn(async () => {
      if (watermark !== null) await this.#home.claimOf(topic, watermark);
      this.#outbox.pump();
      this.#viewers.note({});
      return this.#home.wanted() ?? null;
    });
  }

  gapFrom(): Promise<void> {
    return this.#inTurn(() => this.#home.gap());
  }

  async ask(at: number): Promise<void> {
    this.#relay?.ask(at);
    this.#ingest.want();
    this.#finish();
  }

  async windows(query: PageQuery): Promise<Page<LiveWindow>> {
    return windowsPage(this.#ledger, query, (at) => this.#isHeld(at));
  }

  async outcomes({ limit, after = '0' }: PageQuery): Promise<Page<LiveOutcome>> {
    const items = this.#ledger.outcomes(Number(after), limit);
    return { items, next: items.length === limit ? (items.at(-1)?.seq ?? null) : null };
  }

  async deadLetters({ limit, after = '0' }: PageQuery): Promise<Page<DeadLetter>> {
    const items = this.#ledger.deadLetters(Number(after), limit);
    return { items, next: items.length === limit ? (items.at(-1)?.seq ?? null) : null };
  }

  async status(): Promise<PartitionStatus> {
    return this.#status();
  }

  release(): Promise<{ released: number }> {
    return this.#inTurn(async () => {
      const before = this.#ledger.countHeld(Date.now()).count;
      await this.#fanout.tell('release', this.#watermark());
      this.#outbox.pump();
      return { released: before - this.#ledger.countHeld(Date.now()).count };
    });
  }

  reset(): Promise<void> {
    return this.#inTurn(async () => {
      this.#ledger.transaction(() =>
        Object.assign(this.#ledger.meta, { next: null, incarnation: null, partitions: null, fence: null, skewMs: null }),
      );
      for (const socket of this.#bridges()) {
        amend(socket, { active: false });
        refuse(socket, 'superseded', 'SUPERSEDED', 'The source was reset by its operator.');
      }
      this.#stall = undefined;
      this.#viewers.note({});
    });
  }

  async #wake(now: number): Promise<void> {
    for (const socket of this.#bridges()) {
      const { bridge, acceptedAt } = bridgeOf(socket);
      if (bridge === null && now >= acceptedAt + HELLO_TIMEOUT_MS)
        refuse(socket, 'helloTimeout', 'HELLO_TIMEOUT', `No hello within ${HELLO_TIMEOUT_MS} ms.`);
    }
    const { mode } = this.#served.topology.time;
    const upTo = mode === 'clock' ? now - OVERDUE_MS : (this.#watermark() ?? -1);
    this.#failures =
      this.#ledger.leastDeadline() === undefined || (await this.#fanout.settle(upTo, this.#watermark())) === 0 ? 0 : this.#failures + 1;
    this.#outbox.pump();
    const silent = this.#bridges().some((socket) => now >= (silentAt(bridgeOf(socket)) ?? Number.POSITIVE_INFINITY));
    if (silent) this.#ingest.want(true);
    if (this.#stall !== undefined && now >= this.#stall.retryAt) {
      const { expected } = this.#stall;
      this.#stall = { ...this.#stall, retryAt: now + backOff(this.#stall.attempts) };
      if (expected !== null) this.#ingest.rewind(this.#ledger.meta.next ?? expected);
    }
    if (this.#ledger.hasHistory()) this.#ledger.prune(now, this.#served.topology.retentionMs, mode !== 'clock');
  }

  #watermark(): number | null {
    return this.#relay === undefined ? this.#home.watermark() : (this.#ledger.meta.watermarks[this.#topic] ?? null);
  }

  #tellBridges(): void {
    this.#outbox.pump();
    this.#ingest.want();
  }

  #isHeld(closesAt: number): boolean {
    const watermark = this.#watermark();
    return this.#served.topology.time.mode === 'source' && closesAt <= Date.now() && (watermark === null || watermark < closesAt);
  }

  #watch({ windows, outcomes, lates }: Stored): void {
    this.#viewers.note({
      windows: windows.map((window) => ({ ...window, held: window.closed === undefined && this.#isHeld(window.closesAt) })),
      outcomes,
      lates,
    });
  }

  #stop(message: string, expected: string | null): void {
    const attempts = (this.#stall?.attempts ?? 0) + 1;
    const now = Date.now();
    this.#stall = {
      since: this.#stall?.since ?? now,
      message,
      attempts,
      retryAt: now + backOff(attempts),
      expected: expected ?? this.#stall?.expected ?? null,
    };
    console.error(JSON.stringify({ message: 'the partition has stopped, will try again', partition: this.ctx.id.name, attempts, error: message }));
    if (expected !== null) for (const socket of this.#bridges()) amend(socket, { rewinding: true });
  }

  /** One event at a time, in the order they came; what it changed is shown and the alarm set at its end. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(task).finally(() => this.#finish());
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #finish(): void {
    const { mode } = this.#served.topology.time;
    const reasons = {
      mode,
      sockets: this.#bridges().map(bridgeOf),
      leastDeadline: this.#ledger.leastDeadline(),
      watermark: this.#watermark(),
      failures: this.#failures,
      retryAt: this.#stall?.retryAt,
      flushAt: this.#viewers.flush(),
      hasHistory: this.#ledger.hasHistory(),
    };
    this.#timer.arm(nextAlarm(reasons, Date.now()));
  }

  #bridges(): WebSocket[] {
    return this.ctx.getWebSockets('bridge').filter((socket) => socket.readyState === WebSocket.OPEN);
  }

  #status(): PartitionStatus {
    return partitionStatus({
      topic: this.#topic,
      partition: this.#partition,
      time: this.#served.topology.time.mode,
      ledger: this.#ledger,
      now: Date.now(),
      watermark: this.#watermark(),
      source: sourceOf(this.#bridges().map(bridgeOf), this.#stall?.message ?? null),
      alarmLatenessMs: this.#alarmLatenessMs,
    });
  }
}
