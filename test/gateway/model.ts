import type { Dialect, GatewayPorts } from '../../src/gateway/gateway.ts';
import { between, type Random } from '../support/random.ts';
import { BASE } from './exchange.ts';
import { record } from './reading.ts';

interface Instance {
  at: number;
  assigned: boolean;
  /** Confluent: fetched, and not handed out. */
  queue: number[];
}

/** How often something goes wrong, of 1. */
export interface Faults {
  readonly lost: number;
  readonly refused: number;
  readonly gone: number;
}

/**
 * A gateway over one log in memory, with the positions, queues and losses that those of its dialect have. `offsets` that hold a record; those between are marks or compacted.
 * A call may fail before or after it was done; an instance may be gone; an answer has as many records as chance has it.
 */
export class ModelGateway implements GatewayPorts {
  readonly #dialect: Dialect;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #instances = new Map<string, Instance>();
  /** Polls whose caller has given up, and which are done all the same, some time later. */
  readonly #late: (() => void)[] = [];
  readonly records: number[] = [];
  start = 0;
  end = 0;

  constructor(dialect: Dialect, random: Random, faults: Faults) {
    this.#dialect = dialect;
    this.#random = random;
    this.#faults = faults;
  }

  readonly now = () => 1_000 + this.end;

  /** Writes what chance has it: records, and offsets without one. */
  write(): void {
    for (let count = between(this.#random, 0, 6); count > 0; count -= 1) {
      if (this.#random() < 0.7) this.records.push(this.end);
      this.end += 1;
    }
  }

  get instances(): number {
    return this.#instances.size;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const method = init?.method ?? 'GET';
    const url = new URL(String(input).slice(BASE.length), BASE);
    if (this.#random() < this.#faults.lost) {
      if (url.pathname.endsWith('/records')) this.#late.push(() => this.#answer(method, url, '{}'));
      throw new TypeError('lost on its way');
    }
    if (this.#random() < 0.5) this.#late.shift()?.();
    const answer = this.#answer(method, url, String(init?.body ?? '{}'));
    if (this.#random() < this.#faults.lost) throw new TypeError('lost on its way back');
    return answer;
  };

  #answer(method: string, url: URL, text: string): Response {
    const body = JSON.parse(text);
    const path = url.pathname;
    if (path.endsWith('/partitions/0/offsets')) return Response.json({ beginning_offset: this.start, end_offset: this.end });
    if (path.endsWith('/partitions/0/records')) return this.#read(Number(url.searchParams.get('offset')));
    if (method === 'POST' && /^\/consumers\/[^/]+$/.test(path)) {
      if (this.#instances.has(body.name)) return Response.json({ error_code: 40902, message: 'exists' }, { status: 409 });
      this.#instances.set(body.name, { at: -1, assigned: false, queue: [] });
      return Response.json({ instance_id: body.name, base_uri: `http://elsewhere${path}/instances/${body.name}` });
    }
    const name = path.split('/')[4] ?? '';
    if (this.#random() < this.#faults.gone) this.#instances.delete(name);
    const instance = this.#instances.get(name);
    if (instance === undefined) return Response.json({ error_code: 40403, message: 'Consumer instance not found.' }, { status: 404 });
    if (method === 'DELETE') this.#instances.delete(name);
    if (path.endsWith('/assignments')) instance.assigned = true;
    if (path.endsWith('/positions')) {
      if (!instance.assigned) return Response.json({ error_code: 40903, message: 'No current assignment' }, { status: 409 });
      instance.at = body.offsets[0].offset;
    }
    return path.endsWith('/records') ? this.#poll(instance, Number(url.searchParams.get('max_bytes'))) : new Response(null, { status: 204 });
  }

  /** One poll by an instance. */
  #poll(instance: Instance, maxBytes: number): Response {
    if (instance.at < this.start || instance.at > this.end) instance.at = this.start;
    const fetched = this.records.filter((offset) => offset >= instance.at).slice(0, between(this.#random, 0, 8));
    const last = fetched.at(-1);
    if (last !== undefined) instance.at = last + 1;
    if (this.#random() < this.#faults.refused) return Response.json({ error_code: 50002, message: 'Kafka error' }, { status: 500 });
    if (this.#dialect === 'confluent') {
      instance.queue.push(...fetched);
      return this.#given(instance.queue.splice(0, between(this.#random, 0, 5)));
    }
    if (this.#dialect === 'strimzi') {
      const size = JSON.stringify(fetched.map((offset) => record(offset))).length;
      if (size > maxBytes) return Response.json({ error_code: 422, message: 'Response exceeds the maximum number of bytes' }, { status: 422 });
      return this.#given(fetched);
    }
    const kept: number[] = [];
    let bytes = 0;
    for (const offset of fetched) {
      if (bytes >= maxBytes) break;
      kept.push(offset);
      bytes += String(offset).length;
    }
    return this.#given(kept);
  }

  /** Redpanda's read: whole batches, of which the first may begin below the offset. */
  #read(offset: number): Response {
    if (this.#random() < this.#faults.refused) return Response.json({ error_code: 50003, message: 'not now' }, { status: 500 });
    if (offset < this.start || offset > this.end) return Response.json({ error_code: 40002, message: 'offset_out_of_range' }, { status: 400 });
    const below = between(this.#random, 0, 3);
    const some = this.records.filter((each) => each >= Math.max(this.start, offset - below)).slice(0, between(this.#random, 0, 8) + below);
    return this.#given(some);
  }

  #given(offsets: readonly number[]): Response {
    return Response.json(offsets.filter((offset) => offset >= this.start).map((offset) => record(offset)));
  }
}
