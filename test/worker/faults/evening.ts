import { cancelled, type EventLine, paid, requested } from '../../support/events.ts';
import { lineOf } from '../durable/bridge.ts';
import { at, confirmed, customer, eventually, partition, serve, setClock } from '../durable/world.ts';
import { live } from './platform.ts';
import { surely } from './running.ts';
import { Source } from './source.ts';

/** How an evening has ended: what the sink has, by id; how the customer's records ended; and what is left to do. */
export interface Ending {
  readonly outcomes: readonly (readonly [id: string, line: string])[];
  readonly counts: { readonly folded: number; readonly late: number; readonly rejected: number; readonly waiting: number };
  readonly left: { readonly open: number; readonly waiting: number; readonly held: number; readonly windows: number };
  readonly next: string | null;
}

const OBJECTS = [() => partition(), () => customer('c1')];

/** Events of one customer from a source: paid, cancelled, timed out, held and let go; too early, too late, twice. */
export async function eveningOfSource(): Promise<Ending> {
  serve({ ORIEL_MAX_HOLD: '2m' });
  const source = new Source();
  await source.bring(
    ...[requested('c1', 't1', at('13:59')), requested('c1', 't2', at('14:00'))],
    ...[paid('c1', 't3', at('14:00')), requested('c1', 't4', at('14:00'))],
  );
  setClock(at('14:02'));
  await source.bring(paid('c1', 't1', at('14:01')), paid('c1', 't1', at('14:02')), cancelled('c1', 't2', at('14:02')));
  // The one of 13:59 is due and held; the claim closes it.
  await live(at('14:15:40'), ...OBJECTS);
  await source.bring();
  // The one of 14:00 is let go by `maxHold`.
  await live(at('14:18:40'), ...OBJECTS);
  await source.bring(paid('c1', 't2', at('14:10')), paid('c1', 't4', at('14:10')), paid('c1', 't1', at('14:10')));
  await live(at('14:19'), ...OBJECTS);
  await source.bring();
  if (source.contradicted.length > 0) throw new Error(`The same id says: ${source.contradicted.join('; ')}`);
  return ending([...source.sink]);
}

/** The same over HTTP, where the clock alone closes: whoever posts tries again until it is answered. */
export async function eveningByClock(): Promise<Ending> {
  serve({ ORIEL_TIME: 'clock' });
  await post(
    requested('c1', 't1', at('14:00')),
    requested('c1', 't2', at('14:00')),
    requested('c1', 't3', at('13:59:30')),
    paid('c1', 't4', at('14:00')),
  );
  setClock(at('14:02'));
  await post(paid('c1', 't1', at('14:01')), cancelled('c1', 't2', at('14:02')));
  await live(at('14:20'), ...OBJECTS);
  await post(paid('c1', 't3', at('14:10')));
  await live(at('14:21'), ...OBJECTS);
  const { items } = await surely(() => partition().outcomes({ limit: 100 }));
  return ending([...new Map(items.map((item) => [item.id, lineOf(item).replace(/^#\d+ /, '')]))]);
}

async function post(...events: readonly EventLine[]): Promise<void> {
  const posted = events.map((event) => ({ ...event, id: JSON.stringify(event) }));
  await eventually(
    () =>
      partition()
        .post(posted)
        .catch(() => undefined),
    (ended) => ended !== undefined,
  );
}

async function ending(outcomes: Ending['outcomes']): Promise<Ending> {
  await surely(() => confirmed('c1'));
  const view = await surely(() => customer('c1').view());
  const { counts, next } = await surely(() => partition().status());
  const { folded = 0, late = 0, rejected = 0, waiting = 0 } = view?.counts ?? {};
  return {
    outcomes,
    counts: { folded, late, rejected, waiting },
    left: { open: counts.open, waiting: counts.waiting, held: counts.held, windows: view?.windows.length ?? 0 },
    next,
  };
}
