import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { encode } from '../../src/protocol/frame-text.ts';
import type { LiveFrame } from '../../src/protocol/live.ts';
import { decodeSeenFrame } from '../../src/protocol/live-codec.ts';
import { LIVE_PROTOCOL } from '../../src/protocol/sockets.ts';
import { FakeWorld, type News, type WorldSettings } from './fake-world.ts';

const TICK_MS = 50;
const PAGE_WINDOWS = 500;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** As strict as a policy can be while the page still runs. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";

export interface FakeLiveSettings extends WorldSettings {
  /** The folder of the built page. */
  readonly root: string;
  readonly port?: number;
  /** What the snapshot says is served; default `reservation`. */
  readonly topology?: string;
  /** The partitions that are served, of which only 0 has a view; default `[0]`. */
  readonly partitions?: readonly number[];
  /** Where set, all routes want this token, or the cookie that it is exchanged for. */
  readonly token?: string;
}

export interface FakeLive {
  readonly url: string;
  readonly world: FakeWorld;
  /** The last `seen` of any viewer. */
  readonly seen: () => number;
  /** Cuts every live connection, without a word. */
  dropViewers(): void;
  close(): Promise<void>;
}

/** Serves the built page on loopback, and speaks the live protocol (P9) for a scripted world. */
export async function startFakeLive(settings: FakeLiveSettings): Promise<FakeLive> {
  const world = new FakeWorld(settings);
  const viewers = new Map<WebSocket, { n: number }>();
  let seen = -1;

  const allowed = (request: IncomingMessage): boolean => settings.token === undefined || (request.headers.cookie ?? '').includes('oriel-session=yes');
  const http = createServer((request, response) => {
    answer(request, response).catch(() => problem(response, 500, 'INTERNAL', 'The fake broke.'));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has(LIVE_PROTOCOL) ? LIVE_PROTOCOL : false) });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://fake');
    if (!pathname.startsWith('/v1/')) return serveFile(settings.root, pathname, response);
    if (pathname === '/v1/session' && request.headers.authorization === `Bearer ${settings.token}`) {
      response.writeHead(204, { 'set-cookie': 'oriel-session=yes; HttpOnly; SameSite=Strict; Path=/' }).end();
      return;
    }
    if (!allowed(request)) return problem(response, 401, 'UNAUTHORIZED', 'A bearer token is needed.');
    if (pathname === '/v1/windows/customer-events/0') return json(response, 200, { items: world.windows.slice(0, 1), next: null });
    if (pathname === '/v1/sources') return json(response, 200, { items: (settings.partitions ?? [0]).map(served), next: null });
    if (request.method === 'POST' && /^\/v1\/customers\/[^/]+\/events$/.test(pathname)) return json(response, 200, await post(request));
    problem(response, 404, 'NOT_FOUND', `There is no ${pathname}.`);
  }

  function served(partition: number) {
    return { topic: 'customer-events', partition, status: { counts: { open: partition === 0 ? world.counts.open : partition } } };
  }

  async function post(request: IncomingMessage): Promise<unknown> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const events = JSON.parse(Buffer.concat(chunks).toString()) as { id: string; type: string; customerId: string; tableId: string }[];
    return { results: events.map((event) => ({ id: event.id, ...take(world, event) })) };
  }

  http.on('upgrade', (request, socket, head) => {
    if (!allowed(request) || request.url !== '/v1/live/customer-events/0') {
      socket.end(`HTTP/1.1 ${allowed(request) ? '404 Not Found' : '401 Unauthorized'}\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (viewer) => {
      viewers.set(viewer, { n: 0 });
      viewer.on('message', (data) => {
        const text = String(data);
        if (text === 'ping') viewer.send('pong');
        else seen = decodeSeenFrame(text).n;
      });
      viewer.on('close', () => viewers.delete(viewer));
      for (const frame of snapshot()) send(viewer, frame);
    });
  });

  type Body = LiveFrame extends infer Frame ? (Frame extends LiveFrame ? Omit<Frame, 'n' | 'watermark' | 'now'> : never) : never;

  function send(viewer: WebSocket, body: Body): void {
    const state = viewers.get(viewer);
    if (state === undefined) return;
    const head = { n: state.n, watermark: world.watermark, now: Date.now() };
    state.n += 1;
    viewer.send(encode({ ...body, ...head } as LiveFrame));
  }

  function snapshot(): Body[] {
    const { counts, source, windows, outcomes } = world;
    const { topology = 'reservation' } = settings;
    const pages = Math.max(1, Math.ceil(windows.length / PAGE_WINDOWS));
    const base = { t: 'snapshot' as const, topic: 'customer-events', partition: 0, time: 'source' as const, topology, counts, source };
    return Array.from({ length: pages }, (_, page) => ({
      ...base,
      page,
      more: page < pages - 1,
      windows: windows.slice(page * PAGE_WINDOWS, (page + 1) * PAGE_WINDOWS),
      outcomes: page === 0 ? [...outcomes] : [],
    }));
  }

  function framesOf({ windows, outcomes, lates }: News): Body[] {
    return [
      ...(windows.length > 0 ? [{ t: 'window' as const, items: [...windows] }] : []),
      ...(outcomes.length > 0 ? [{ t: 'outcome' as const, items: [...outcomes] }] : []),
      ...(lates.length > 0 ? [{ t: 'late' as const, items: [...lates] }] : []),
      { t: 'watermark' as const, counts: world.counts, source: world.source },
    ];
  }

  const ticking = setInterval(() => {
    world.tick(Date.now());
    const frames = framesOf(world.news());
    for (const viewer of viewers.keys()) for (const frame of frames) send(viewer, frame);
  }, TICK_MS);

  await new Promise<void>((resolve) => http.listen(settings.port ?? 0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    world,
    seen: () => seen,
    dropViewers() {
      for (const viewer of viewers.keys()) viewer.terminate();
    },
    async close() {
      clearInterval(ticking);
      for (const viewer of viewers.keys()) viewer.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function take(world: FakeWorld, event: { type: string; customerId: string; tableId: string }): { disposition: string; code?: string } {
  const now = Date.now();
  if (event.type === 'CustomerRequestedTable') world.request(event.customerId, event.tableId, now);
  else if (event.type === 'CustomerPaidForTable' && !world.pay(event.customerId, event.tableId, now))
    return { disposition: 'late', code: 'NO_WINDOW' };
  else if (event.type === 'CustomerCancelledReservation' && !world.cancel(event.customerId, event.tableId, now))
    return { disposition: 'late', code: 'NO_WINDOW' };
  return { disposition: 'folded' };
}

async function serveFile(root: string, pathname: string, response: ServerResponse): Promise<void> {
  const path = normalize(pathname === '/' ? '/index.html' : pathname);
  try {
    const body = await readFile(join(root, path));
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'content-security-policy': POLICY }).end(body);
  } catch {
    problem(response, 404, 'NOT_FOUND', `There is no ${path}.`);
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, code: string, detail: string): void {
  response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ type: 'about:blank', title: code, status, detail, code }));
}
