import { expect } from 'vitest';
import type { CustomerApi, CustomerView, PartitionApi, PartitionStatus } from '../../worker/api.ts';
import { createApp } from '../../worker/app.ts';
import type { Bindings } from '../../worker/bindings.ts';
import { problemsOf } from '../../worker/openapi.ts';
import type { Route } from '../../worker/route.ts';
import { routes } from '../../worker/routes.ts';
import { Problem } from '../../worker/schemas.ts';

export const INGEST = 'ingest-token-1';
export const VIEW = 'view-token-1';
export const NOW = 1_764_000_000_000;

/** What the fake objects answer where a test says nothing else. */
export interface Fakes {
  readonly partition?: (name: string) => Partial<PartitionApi>;
  readonly customer?: (name: string) => CustomerView | null;
}

export interface Asked {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: BodyInit;
}

/** An app over fake objects, at a clock of its own. Every answer that `ask` gets is held against what the OpenAPI document promises of its route. */
export function world(settings: Readonly<Record<string, string>> = {}, fakes: Fakes = {}) {
  const woken: string[] = [];
  const clock = { now: NOW };
  const app = createApp({ now: () => clock.now });
  const env: Bindings = {
    ORIEL_INGEST_TOKEN: INGEST,
    ORIEL_VIEW_TOKEN: VIEW,
    PARTITION: { getByName: (name) => recording(`partition ${name}`, woken, { ...quietPartition(name), ...fakes.partition?.(name) }) },
    CUSTOMER: {
      getByName: (name) => recording(`customer ${name}`, woken, { view: async () => fakes.customer?.(name) ?? null } satisfies CustomerApi),
    },
    ASSETS: { fetch: async (request) => new Response(`file ${new URL(request.url).pathname}`) },
    ...settings,
  };

  async function ask(path: string, { method = 'GET', token, headers = {}, json, body }: Asked = {}): Promise<Response> {
    const url = path.startsWith('http') ? path : `http://localhost:8787${path}`;
    const request = new Request(url, {
      method,
      headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...headers },
      ...((body ?? json) !== undefined && { body: body ?? JSON.stringify(json) }),
    });
    const response = await app.request(request, undefined, env);
    await holdsPromise(new URL(url).pathname, method, response.status === 101 ? response : response.clone());
    return response;
  }
  return { ask, env, woken, clock };
}

/** The problem a response carries; fails where it is none. */
export async function problemIn(response: Response): Promise<{ status: number; code: string; detail: string }> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  const { status, code, detail } = Problem.parse(await response.json());
  expect(status).toBe(response.status);
  return { status, code, detail };
}

export function customerView(customerId: string): CustomerView {
  return {
    customerId,
    watermark: NOW,
    counts: { folded: 1, waiting: 0, late: 0, rejected: 0, duplicate: 0 },
    windows: [{ id: 'T1', start: NOW, end: NOW + 900_000, closesAt: NOW + 960_000, status: 'AWAITING_PAYMENT', held: false }],
    outcomes: [{ type: 'ReservationConfirmed' }],
  };
}

export function statusOf(topic: string, partition: number): PartitionStatus {
  return {
    topic,
    partition,
    time: 'source',
    now: NOW,
    watermark: NOW - 250,
    next: '42',
    incarnation: 'log-1',
    source: { connected: true, want: null, stalled: null },
    counts: { folded: 7, waiting: 1, late: 2, rejected: 1, duplicate: 3, outcomes: 4, byType: { ReservationConfirmed: 4 }, open: 5, held: 2 },
    records: [
      { disposition: 'folded', code: '', count: 7 },
      { disposition: 'late', code: 'ALREADY_CLOSED', count: 2 },
    ],
    outcomes: [{ type: 'ReservationCancelled', reason: 'PAYMENT_TIMED_OUT', count: 4 }],
    missed: 6,
    oldestHold: NOW - 5_000,
    skewMs: -12,
    outbox: { depth: 3, ageMs: 900 },
    alarmLatenessMs: 8,
    deadLetters: 1,
    parked: { customers: 1, records: 2 },
  };
}

/** As an object would answer an upgrade; neither runtime lets a test construct a 101. */
export function switching(headers: Record<string, string> = {}): Response {
  return Object.defineProperty(new Response(null, { headers }), 'status', { value: 101 });
}

function quietPartition(name: string): PartitionApi {
  const [topic = '', partition] = name.split('/');
  return {
    fetch: async () => switching(),
    post: async (events) => events.map(({ id }) => ({ id, disposition: 'folded' })),
    windows: async () => ({ items: [], next: null }),
    outcomes: async () => ({ items: [], next: null }),
    deadLetters: async () => ({ items: [], next: null }),
    status: async () => statusOf(topic, Number(partition)),
    release: async () => ({ released: 2 }),
    reset: async () => {},
    pull: async () => undefined,
  };
}

/** Notes every call of a method, with its arguments: an object is woken by nothing else. */
function recording<Api extends object>(name: string, woken: string[], api: Api): Api {
  return new Proxy(api, {
    get(target, method) {
      const found = Reflect.get(target, method);
      if (typeof found !== 'function') return found;
      return (...given: unknown[]) => {
        woken.push(`${name} ${String(method)}${given.map((one) => (one instanceof Request ? ` ${one.url}` : ` ${JSON.stringify(one)}`)).join('')}`);
        return found.apply(target, given);
      };
    },
  });
}

export function routeAt(path: string, method: string): Route | undefined {
  return routes.find(
    (route) => route.method === (method === 'HEAD' ? 'GET' : method) && new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
}

/** Fails where an answer is none that the OpenAPI document promises of its route. */
export async function holdsPromise(path: string, method: string, response: Response): Promise<void> {
  const route = routeAt(path, method);
  if (route === undefined || response.status === 101) return;
  const promised = [...Object.keys(route.answers).map(Number), ...problemsOf(route)];
  expect(promised, `${method} ${path} answers ${response.status}, which its document does not say`).toContain(response.status);
  const schema = route.answers[response.status]?.json;
  if (schema !== undefined && method !== 'HEAD') schema.parse(await response.json());
}
