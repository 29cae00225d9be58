import { DurableObject } from 'cloudflare:workers';
import { OrielError } from '../src/core/errors.ts';
import type { StreamRecord } from '../src/core/record.ts';
import type { Disposition } from '../src/core/step.ts';
import type { Answer } from '../src/durable-object.ts';
import type { LiveOutcome, LiveWindow } from '../src/protocol/live.ts';
import { INGEST_PROTOCOL, LIVE_PROTOCOL } from '../src/protocol/sockets.ts';
import { AlarmTimer } from '../src/timers/alarm.ts';
import type { DeadLetter, Disposition as Ended, Page, PageQuery, PartitionStatus, PostedEvent } from './api.ts';
import type { Placed } from './joint.ts';
import { faultOf, log } from './log.ts';
import type { PartitionObject } from './objects.ts';
import { type PostPort, postEvents } from './post.ts';
import { PartitionRuntime } from './runtime.ts';
import { OVERDUE_MS } from './schedule.ts';
import { attachmentOf, newBridge, refuse } from './sockets.ts';
import { windowsPage } from './status.ts';

/**
 * One partition of a topic: `topic/partition`. It holds the source's position and watermark, the deadlines of its customers, the outbox and the viewers. These are
 * its entry points; what they share is `PartitionRuntime`.
 */
export class Partition extends DurableObject<Env> implements PartitionObject {
  #made: PartitionRuntime | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    void ctx.blockConcurrencyWhile(async () => {
      try {
        await this.#make().start();
      } catch {
        // Said by whatever is called next; a throw here would take the alarm's handler with it.
      }
    });
  }

  /** Made at the first use: settings or state that cannot be read must not keep the alarm from being set again. */
  #make(): PartitionRuntime {
    this.#made ??= new PartitionRuntime(this.ctx, this.env);
    return this.#made;
  }

  /** For whatever wakes the object but its alarm. */
  get #runtime(): PartitionRuntime {
    const runtime = this.#make();
    runtime.recover();
    return runtime;
  }

  /** Takes the upgrades of `/v1/ingest` and `/v1/live`; who may was checked before. */
  override async fetch(request: Request): Promise<Response> {
    const isBridge = new URL(request.url).pathname.startsWith('/v1/ingest/');
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    this.ctx.acceptWebSocket(server, [isBridge ? 'bridge' : 'viewer']);
    server.serializeAttachment(isBridge ? newBridge(Date.now(), this.ctx.id.name) : { role: 'viewer', n: 0 });
    if (!isBridge) this.#runtime.viewers.welcome(server);
    this.#runtime.finish();
    return new Response(null, { status: 101, webSocket: client, headers: { 'Sec-WebSocket-Protocol': isBridge ? INGEST_PROTOCOL : LIVE_PROTOCOL } });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    try {
      if (attachmentOf(socket).role === 'bridge') return await this.#runtime.frame(socket, message);
      // Nothing follows from it that an alarm would have to be set for; and each of a thousand viewers says it often.
      this.#runtime.viewers.message(socket, message);
    } catch (error) {
      // What is thrown here closes no socket and answers nothing (measured, workerd 1.20261102.1).
      log('error', 'a message failed', { object: this.ctx.id.name, ...faultOf(error) });
      refuse(socket, 'internal', 'INTERNAL', 'The message could not be handled; connect again.');
    }
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    // Without the answer the other side waits, and sees 1006 (measured, workerd 1.20261102.1).
    socket.close(code === 1005 || code === 1006 ? 1000 : code, reason.slice(0, 100));
    this.#runtime.show();
  }

  override async webSocketError(): Promise<void> {
    this.#runtime.show();
  }

  /** D4: never fails, whatever cannot be read. */
  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    let runtime: PartitionRuntime;
    try {
      runtime = this.#make();
    } catch (error) {
      log('error', 'a partition cannot start, will try again', { object: this.ctx.id.name, ...faultOf(error) });
      new AlarmTimer(this.ctx.storage).arm(Date.now() + OVERDUE_MS);
      return;
    }
    await runtime.alarm(info?.scheduledTime);
  }

  async post(events: readonly PostedEvent[]): Promise<readonly Ended[]> {
    const { topology, partitions, ledger, home: feed, viewers } = this.#runtime;
    const port: PostPort = { topology, ledger, feed, showLate: (lates) => viewers.note({ lates }) };
    return this.#runtime.inTurn(async () => {
      const known = ledger.meta.partitions;
      // Its key may have come here from where a bridge still reads: what this partition knows does not hold for it.
      if (known !== null && known < partitions)
        throw unavailable(`The topic is getting ${partitions} partitions, from ${known}: send it again when the source is reset.`);
      return postEvents(port, events, Date.now());
    });
  }

  /** How far the source is, for this customer. Asked by it when its window is due at `at`: where that is not reached, it is held here. */
  async watermarkFor(key: string, at: number): Promise<number | null> {
    const watermark = this.#runtime.watermarkOf(key);
    if (watermark === null || watermark < at) {
      this.#runtime.home.awaits(at);
      this.#runtime.showHeld();
    }
    return watermark;
  }

  deliver(key: string, answer: Answer): Promise<void> {
    return this.#runtime.deliver(key, answer);
  }

  foldFrom(records: readonly StreamRecord[]): Promise<readonly Disposition[]> {
    const { home } = this.#runtime;
    return this.#runtime.inTurn(() => {
      return home.fold(
        records.map((record) => ({ record, watermark: home.watermark() })),
        () => undefined,
      );
    });
  }

  claimFrom(topic: string, { watermark, change }: { readonly watermark: number | null; readonly change: number | null }): Promise<number | null> {
    const { home, joint } = this.#runtime;
    return this.#runtime.inTurn(async () => {
      if (change !== null) joint.begin(change);
      if (watermark !== null) await home.claimOf(topic, watermark);
      return home.wanted() ?? null;
    });
  }

  /** Not in turn: two partitions that ask each other would wait for each other for ever. */
  async placed(wanted: number | null): Promise<Placed> {
    const placed = this.#runtime.joint.placed(wanted);
    if (wanted !== null) this.#runtime.show();
    return placed;
  }

  gapFrom(): Promise<void> {
    return this.#runtime.inTurn(() => this.#runtime.home.gap());
  }

  async ask(at: number): Promise<void> {
    this.#runtime.relay?.ask(at);
    this.#runtime.show();
  }

  async windows(query: PageQuery): Promise<Page<LiveWindow>> {
    return windowsPage(this.#runtime.ledger, query, (window) => this.#runtime.isHeld(window));
  }

  async outcomes({ limit, after = '0' }: PageQuery): Promise<Page<LiveOutcome>> {
    return pageOf(this.#runtime.ledger.outcomes.list(Number(after), limit), limit);
  }

  async deadLetters({ limit, after = '0' }: PageQuery): Promise<Page<DeadLetter>> {
    return pageOf(this.#runtime.ledger.deadLetters.list(Number(after), limit), limit);
  }

  async status(): Promise<PartitionStatus> {
    return this.#runtime.status();
  }

  /** To be called at all is enough: it sees to the alarm. */
  async pull(): Promise<void> {
    this.#runtime.finish();
  }

  release(): Promise<{ released: number }> {
    const { ledger, fanout } = this.#runtime;
    return this.#runtime.inTurn(async () => {
      const before = ledger.deadlines.countHeld(Date.now()).count;
      await fanout.release(this.#runtime.home.watermark());
      const released = before - ledger.deadlines.countHeld(Date.now()).count;
      log('warn', 'held windows were released by the operator', { object: this.ctx.id.name, released });
      return { released };
    });
  }

  reset(): Promise<void> {
    const { ledger } = this.#runtime;
    return this.#runtime.inTurn(async () => {
      const { next, incarnation } = ledger.meta;
      // What was read of which log is forgotten only when another one comes.
      ledger.transaction(() => Object.assign(ledger.meta, { reset: true, fence: null, skewMs: null }));
      log('warn', 'the source was reset by the operator', { object: this.ctx.id.name, next, incarnation });
      for (const peer of this.#runtime.bridges()) peer.refuse('superseded', 'SUPERSEDED', 'The source was reset by its operator.');
      this.#runtime.pull?.reset();
    });
  }
}

function unavailable(message: string): OrielError {
  return new OrielError('UNAVAILABLE', message, { retryable: true });
}

function pageOf<Item extends { readonly seq: string }>(items: readonly Item[], limit: number): Page<Item> {
  return { items, next: items.length === limit ? (items.at(-1)?.seq ?? null) : null };
}
