/**
 * The least that a partition and its customers can be: frames are `JSON.parse`d, grouped by key, and handed to one object a key; that inserts a row a record;
 * the partition keeps the next offset and acknowledges. No schema, no windows, no token, no dedupe. Its frames are those of `oriel.v1`.
 */
import { DurableObject } from 'cloudflare:workers';

interface BareEnv {
  readonly PARTITION: DurableObjectNamespace<BarePartition>;
  readonly CUSTOMER: DurableObjectNamespace<BareCustomer>;
}

interface BareRecord {
  readonly offset: string;
  readonly key: string;
  readonly value: unknown;
}

interface BareFrame {
  readonly t: 'hello' | 'data';
  readonly records: readonly BareRecord[];
}

const CREDIT = { records: 5_000, bytes: 4_194_304 };

/** How late each alarm's row was durable, ms; gathered over all objects, since they share this isolate. */
const lateness: number[] = [];

export class BarePartition extends DurableObject<BareEnv> {
  #turn: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: BareEnv) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, next TEXT NOT NULL) STRICT, WITHOUT ROWID');
  }

  override async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client, headers: { 'Sec-WebSocket-Protocol': 'oriel.v1' } });
  }

  override async webSocketMessage(socket: WebSocket, text: string): Promise<void> {
    const frame = JSON.parse(text) as BareFrame;
    if (frame.t === 'hello') {
      const row = this.ctx.storage.sql.exec<{ next: string }>('SELECT next FROM meta').toArray()[0];
      socket.send(JSON.stringify({ t: 'welcome', next: row?.next ?? null, credit: CREDIT }));
      return;
    }
    // One frame at a time, as whoever keeps their order has it.
    this.#turn = this.#turn.then(() => this.#take(socket, frame.records));
    await this.#turn;
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    socket.close(1000);
  }

  async #take(socket: WebSocket, records: readonly BareRecord[]): Promise<void> {
    const groups = new Map<string, BareRecord[]>();
    for (const record of records) {
      const group = groups.get(record.key);
      if (group === undefined) groups.set(record.key, [record]);
      else group.push(record);
    }
    await Promise.all([...groups].map(([key, group]) => this.env.CUSTOMER.getByName(key).take(group)));
    const next = String(BigInt(records.at(-1)?.offset ?? 0) + 1n);
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO meta (name, next) VALUES ('partition', ?)", next);
    socket.send(JSON.stringify({ t: 'ack', next, credit: CREDIT }));
  }
}

export class BareCustomer extends DurableObject<BareEnv> {
  constructor(ctx: DurableObjectState, env: BareEnv) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS records (n INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT');
  }

  take(records: readonly BareRecord[]): void {
    for (const { value } of records) this.ctx.storage.sql.exec('INSERT INTO records (data) VALUES (?)', JSON.stringify(value));
  }

  async ringAt(at: number): Promise<void> {
    await this.ctx.storage.setAlarm(at);
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    this.ctx.storage.sql.exec('INSERT INTO records (data) VALUES (?)', '{}');
    // The clock stands still until something comes from outside.
    await this.ctx.storage.sync();
    lateness.push(Date.now() - (info?.scheduledTime ?? 0));
  }
}

export default {
  async fetch(request: Request, env: BareEnv): Promise<Response> {
    const url = new URL(request.url);
    const [, first, second] = url.pathname.split('/');
    if (first === 'healthz') return new Response('ok');
    if (first === 'v1' && second === 'ingest') return env.PARTITION.getByName(url.pathname).fetch(request);
    if (first === 'lateness') return Response.json(lateness.splice(0));
    if (first !== 'alarms') return new Response(null, { status: 404 });
    const [at, from, count] = ['at', 'from', 'count'].map((name) => Number(url.searchParams.get(name))) as [number, number, number];
    const names = Array.from({ length: count }, (_, i) => `${url.searchParams.get('name')}-${from + i}`);
    await Promise.all(names.map((name) => env.CUSTOMER.getByName(name).ringAt(at)));
    return new Response(null, { status: 204 });
  },
};
