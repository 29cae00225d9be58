import type { Dialect } from '../../../src/gateway/gateway.ts';
import { type Answer, answered, Refusal, refused } from './answers.ts';
import { consumers } from './consumers.ts';
import type { GatewayContext, RoutedRequest } from './context.ts';
import { type Asked, type Exchange, type FaultRule, Faults } from './faults.ts';
import type { Instance } from './instance.ts';
import type { GatewayLog } from './log.ts';
import { topics } from './topics.ts';
import { type GatewayTraits, TRAITS } from './traits.ts';
import { v3 } from './v3.ts';
import { bytesOf, toBase64 } from './wire.ts';

export interface TestGatewayOptions {
  readonly dialect: Dialect;
  readonly log: GatewayLog;
  /** What is different from the dialect's own. */
  readonly traits?: Partial<GatewayTraits>;
  /** What callers must give; any others are answered 401. Default: nothing is asked. */
  readonly credentials?: { readonly username: string; readonly password: string } | { readonly token: string };
  /** A path before the API's, such as `/kafka`. Default: none. */
  readonly basePath?: string;
  /** Processing time, ms. Default: the real one, and real pauses. */
  readonly now?: () => number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A request whose GET may have a body, which `Request` does not let it have; `url` is whole. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** The connection has ended without an answer. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/**
 * A REST gateway of Kafka as the four dialects speak it, in front of any log; platform neutral. It is no real one: it says what their sources and documents say. Faults come by `fail`,
 * and every exchange is in `exchanges`.
 */
export class TestGateway {
  readonly options: TestGatewayOptions;
  readonly clusterId = 'test-cluster-1';
  /** In the order in which they were asked. */
  readonly exchanges: Exchange[] = [];
  readonly traits: GatewayTraits;
  readonly #instances = new Map<string, Instance>();
  readonly #faults = new Faults();
  #atOnce = 0;

  constructor(options: TestGatewayOptions) {
    this.options = options;
    this.traits = { ...TRAITS[options.dialect], ...options.traits };
  }

  get dialect(): Dialect {
    return this.options.dialect;
  }

  /** Groups and names of the consumer instances that there are, as `GROUP/NAME`. */
  get instances(): readonly string[] {
    return [...this.#instances.keys()];
  }

  /** For the ports of what is tested: `fetch` itself, which never leaves the process. */
  readonly port: typeof globalThis.fetch = (input, init) => this.fetch(new Request(input, init));

  /** The next requests that match meet this fault. */
  fail(rule: FaultRule): void {
    this.#faults.add(rule);
  }

  /** No fault is to come any more. */
  heal(): void {
    this.#faults.clear();
  }

  /** A gateway that is started again knows no consumer instance. */
  restart(): void {
    this.#instances.clear();
  }

  /** @throws TypeError as `fetch` where the connection is lost, and the signal's reason where the caller gives up */
  async fetch(request: Request): Promise<Response> {
    const body = await request.text();
    try {
      const answer = await this.handle({ method: request.method, url: request.url, headers: request.headers, body, signal: request.signal });
      request.signal.throwIfAborted();
      return new Response(answer.body === '' ? null : answer.body, { status: answer.status, headers: answer.headers });
    } catch (error) {
      if (error instanceof ConnectionLost) throw new TypeError('fetch failed', { cause: error });
      throw error;
    }
  }

  /** @throws ConnectionLost */
  async handle({ method, url, headers, body, signal }: RawRequest): Promise<Answer> {
    const { pathname, searchParams, origin } = new URL(url);
    const asked: Asked = { method, path: pathname, query: searchParams, headers, body };
    const exchange: Exchange = { ...asked, answer: undefined };
    this.exchanges.push(exchange);
    const fault = this.#faults.strike(asked);
    if (fault?.kind === 'request-lost') throw new ConnectionLost('The connection was lost before the request.');
    if (fault?.kind === 'hang') await aborted(signal);
    if (fault?.kind === 'answer') {
      exchange.answer = {
        ...answered(fault.body ?? { error_code: fault.status, message: 'A fault of the test.' }, fault.status),
        ...withHeaders(fault.headers),
      };
      return exchange.answer;
    }
    const answer = await this.#answer(asked, origin, signal);
    if (fault?.kind === 'answer-lost') throw new ConnectionLost('The connection was lost before the answer.');
    if (fault?.kind === 'slow') await this.#pause(fault.ms, signal);
    exchange.answer = answer;
    return answer;
  }

  async #answer(asked: Asked, origin: string, signal: AbortSignal): Promise<Answer> {
    const { dialect } = this.options;
    if (!this.#isWelcome(asked.headers.get('authorization'))) {
      const answer = refused(dialect, new Refusal('notAuthenticated', 'HTTP 401 Unauthorized'));
      return { ...answer, headers: { ...answer.headers, 'www-authenticate': 'Basic realm="Kafka"' } };
    }
    if (this.#atOnce >= this.traits.mostAtOnce) return refused(dialect, new Refusal('overloaded', 'Bridge is overloaded, please retry later'));
    this.#atOnce += 1;
    try {
      return (await this.#routed(asked, origin, signal)) ?? refusedRoute(dialect, asked.path);
    } catch (error) {
      if (error instanceof Refusal) return refused(dialect, error);
      throw error;
    } finally {
      this.#atOnce -= 1;
    }
  }

  async #routed(asked: Asked, origin: string, signal: AbortSignal): Promise<Answer | undefined> {
    const { dialect, log, basePath = '' } = this.options;
    if (!asked.path.startsWith(`${basePath}/`)) return undefined;
    this.#forgetIdle();
    const context: GatewayContext = {
      dialect,
      log,
      traits: this.traits,
      instances: this.#instances,
      clusterId: this.clusterId,
      now: () => this.#now(),
      pause: (ms, until) => this.#pause(ms, until),
      origin: `${origin}${basePath}`,
    };
    const parts = asked.path
      .slice(basePath.length + 1)
      .split('/')
      .map(decodeURIComponent);
    const request: RoutedRequest = { ...asked, parts, signal };
    switch (parts[0]) {
      case 'consumers':
        return consumers(context, request);
      case 'topics':
        return topics(context, request);
      case 'v3':
        return dialect === 'confluent' ? v3(context, request) : undefined;
      case 'brokers':
        return dialect === 'strimzi' ? undefined : answered({ brokers: [1] });
      // Who is asked at the root says who it is: Strimzi its version, Confluent and Karapace an empty object.
      case '':
        if (asked.method !== 'GET' || dialect === 'redpanda') return undefined;
        if (dialect === 'strimzi') return answered({ bridge_version: '0.33.1' }, 200, 'application/json');
        return {
          ...answered({}, 200, 'application/json'),
          ...(dialect === 'karapace' ? { headers: { 'content-type': 'application/json', server: 'Karapace/6.2.0' } } : {}),
        };
      case 'v1':
        return dialect === 'redpanda'
          ? answered({ swagger: '2.0', info: { title: 'Pandaproxy API', version: 'v1' } }, 200, 'application/json')
          : undefined;
      case 'healthy':
      case 'ready':
        return dialect === 'strimzi' ? { status: 204, headers: {}, body: '' } : undefined;
      default:
        return undefined;
    }
  }

  #isWelcome(authorization: string | null): boolean {
    const { credentials } = this.options;
    if (credentials === undefined) return true;
    if ('token' in credentials) return authorization === `Bearer ${credentials.token}`;
    return authorization === `Basic ${toBase64(bytesOf(`${credentials.username}:${credentials.password}`))}`;
  }

  #forgetIdle(): void {
    const now = this.#now();
    for (const [id, instance] of this.#instances) if (now - instance.usedAt >= this.traits.idleMs) this.#instances.delete(id);
  }

  #now(): number {
    return (this.options.now ?? Date.now)();
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (this.options.pause !== undefined) return this.options.pause(ms, signal);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
}

function refusedRoute(dialect: Dialect, path: string): Answer {
  if (dialect === 'strimzi' && /\/(consumers|topics)\//.test(path)) return { status: 405, headers: {}, body: '' };
  if (dialect === 'redpanda') return answered({ message: 'Not found', code: 404 }, 404, 'application/json');
  return answered({ error_code: 404, message: dialect === 'strimzi' ? 'Not Found' : 'HTTP 404 Not Found' }, 404);
}

function withHeaders(headers: Readonly<Record<string, string>> | undefined): { headers?: Readonly<Record<string, string>> } {
  return headers === undefined ? {} : { headers: { 'content-type': 'application/vnd.kafka.v2+json', ...headers } };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
