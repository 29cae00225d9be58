import type { DeadLetter, ServedPartition, Status } from '../../web/src/ops/api.ts';
import { COUNTS, SOURCE, T0 } from './frames.ts';

export function statusOf(change: Partial<Status> = {}): Status {
  return {
    ...{
      time: 'source',
      now: T0,
      watermark: T0 - 400,
      next: '42',
      incarnation: 'log-1',
      source: SOURCE,
      counts: COUNTS,
      oldestHold: null,
      skewMs: -12,
    },
    ...{ outbox: { depth: 0, ageMs: 0 }, alarmLatenessMs: 8, deadLetters: 0 },
    ...change,
  };
}

export function letterAt(seq: number): DeadLetter {
  const source = { topic: 'orders', partition: 0, offset: String(seq) };
  return { seq: String(seq), source, code: 'SCHEMA', message: 'No table.', key: `c${seq}`, timestamp: T0, value: {} };
}

/** The routes of a Worker, as far as the operations page asks them; `asked` is what came, in order. A session may operate where `operator` is true. */
export class OpsWorker {
  readonly asked: string[] = [];
  version = '1.2.3';
  operator = true;
  signedIn = true;
  partitions: ServedPartition[] = [{ topic: 'orders', partition: 0, status: statusOf() }];
  held: object[] = [];
  letters: DeadLetter[] = [];

  readonly send: typeof fetch = async (input, init) => {
    const { pathname, searchParams, search } = new URL(String(input));
    const method = init?.method ?? 'GET';
    this.asked.push(`${method} ${pathname}${search}`);
    if (!this.signedIn) return problem(401, 'A bearer token is needed.');
    if (method === 'POST' && !this.operator) return problem(403, 'The right to operate is needed.');
    const limit = Number(searchParams.get('limit'));
    if (pathname === '/v1/sources') {
      const topology = { name: 'reservation', version: 1 };
      const next = limit < this.partitions.length ? String(limit) : null;
      return Response.json({ version: this.version, topology, items: this.partitions.slice(0, limit), next });
    }
    if (pathname.startsWith('/v1/windows/')) return Response.json({ items: this.held.slice(0, limit), next: null });
    if (pathname.startsWith('/v1/dead-letters/')) {
      const after = Number(searchParams.get('after') ?? 0);
      return Response.json({ items: this.letters.filter(({ seq }) => Number(seq) > after).slice(0, limit), next: null });
    }
    if (pathname.endsWith('/release')) {
      const released = this.held.length;
      this.held = [];
      return Response.json({ released });
    }
    return pathname.endsWith('/reset') ? new Response(null, { status: 204 }) : problem(404, `There is no ${pathname}.`);
  };
}

function problem(status: number, detail: string): Response {
  return Response.json({ type: 'about:blank', title: 'No', status, detail, code: 'NO' }, { status });
}
