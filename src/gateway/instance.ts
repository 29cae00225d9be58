import { z } from 'zod';
import { bodyOf } from './fault.ts';
import type { ReaderOptions } from './gateway.ts';
import { callGateway, type GatewayAnswer, type GatewayRequest } from './http.ts';
import { instancePlace } from './instance-place.ts';

const V2 = 'application/vnd.kafka.v2+json';
const CALL_MS = 15_000;
/** Beyond what the gateway itself may wait. */
const POLL_MS = 15_000;
const CREATES = 3;
/** Said, not left out: Strimzi (0.33) goes on with what the poll before it said. */
const ALL_BYTES = 2_147_483_647;

const Created = z.object({ instance_id: z.string(), base_uri: z.string() });

/** The calls on one consumer instance of a gateway, one a method: each gives the answer, whatever it says. */
export class InstanceCalls {
  readonly #options: ReaderOptions;
  readonly #topicPartition: { readonly topic: string; readonly partition: number };
  #created = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#topicPartition = { topic: options.topic, partition: options.partition };
  }

  /** Creates an instance, and answers where it is. `tried` hears of each place where one may be from now on, whatever the answer says. */
  async create(settings: (name: string) => object, tried: (place: string) => void, signal: AbortSignal): Promise<string> {
    const { connection, group, now } = this.#options;
    const path = `/consumers/${encodeURIComponent(group)}`;
    for (let left = CREATES; ; left -= 1) {
      this.#created += 1;
      const name = `${this.#options.name}-${now().toString(36)}-${this.#created}`;
      tried(`${path}/instances/${encodeURIComponent(name)}`);
      const answer = await this.#call({ method: 'POST', path, body: JSON.stringify(settings(name)), signal });
      // The name of another, who lives: not ours to take.
      if (answer.status === 409 && left > 1) continue;
      return instancePlace(connection, bodyOf(answer, Created, `creating a consumer in group ${group}`).base_uri);
    }
  }

  assign(place: string, signal: AbortSignal): Promise<GatewayAnswer> {
    return this.#post(`${place}/assignments`, { partitions: [this.#topicPartition] }, signal);
  }

  seek(place: string, offset: bigint, signal: AbortSignal): Promise<GatewayAnswer> {
    return this.#post(`${place}/positions`, { offsets: [{ ...this.#topicPartition, offset: Number(offset) }] }, signal);
  }

  /** `key`: the name of the list in the body. */
  commit(place: string, offset: bigint, key: 'offsets' | 'partitions', signal: AbortSignal): Promise<GatewayAnswer> {
    return this.#post(`${place}/offsets`, { [key]: [{ ...this.#topicPartition, offset: Number(offset) }] }, signal);
  }

  /** `maxBytes` undefined: as many as the gateway would give, of which what lies within `mostBytes` is read. */
  records(place: string, waitMs: number, maxBytes: number | undefined, signal: AbortSignal): Promise<GatewayAnswer> {
    return this.#call({
      method: 'GET',
      path: `${place}/records?timeout=${waitMs}&max_bytes=${maxBytes ?? ALL_BYTES}`,
      accept: 'application/vnd.kafka.binary.v2+json',
      timeoutMs: waitMs + POLL_MS,
      maxBytes: this.#options.mostBytes,
      mayCut: true,
      signal,
    });
  }

  remove(place: string, signal: AbortSignal): Promise<GatewayAnswer> {
    return this.#call({ method: 'DELETE', path: place, contentType: V2, signal });
  }

  #post(path: string, body: object, signal: AbortSignal): Promise<GatewayAnswer> {
    return this.#call({ method: 'POST', path, body: JSON.stringify(body), signal });
  }

  #call(request: Omit<GatewayRequest, 'timeoutMs'> & { readonly timeoutMs?: number }): Promise<GatewayAnswer> {
    const { connection } = this.#options;
    return callGateway(connection, this.#options, {
      timeoutMs: CALL_MS,
      ...(request.body !== undefined && { contentType: V2 }),
      ...request,
    });
  }
}
