import type { StreamRecord } from '../../../src/core/record.ts';
import { applyTo } from '../../../worker/objects.ts';
import { cancelled, type EventLine, paid, requested } from '../../support/events.ts';
import { Bridge } from './bridge.ts';
import { alarmOf, at, confirmed, customer, inside, partition, setClock } from './world.ts';

/** What an object has stored: how its tables were made, and their rows. */
export interface Stored {
  readonly schema: readonly string[];
  readonly rows: Record<string, Record<string, SqlStorageValue>[]>;
  readonly alarm: number | null;
}

export interface Storage {
  readonly customer: Stored;
  readonly partition: Stored;
}

const posted = ({ key, value, timestamp }: EventLine, id: string) => ({ id, key, value, timestamp });

/**
 * An hour of one customer and its partition that leaves a row of every kind: windows open, settled early and remembered; a record that waits; event ids; outcomes that
 * the sink has, that it has not, and that the partition has not confirmed; dead letters of each origin.
 */
export async function liveThrough(): Promise<Storage> {
  const bridge = await Bridge.connect();
  await bridge.data(requested('c1', 't1', at('14:00')), requested('c1', 't2', at('14:00')), cancelled('c1', 't2', at('14:00')));
  await bridge.data(requested('c1', 't4', at('14:00')), {
    ...requested('c1', 't1', at('14:00')),
    value: { type: 'Nonsense', customerId: 'c1' } as never,
  });
  await confirmed('c1');
  bridge.send({ t: 'outcomeAck', seq: '1' });
  bridge.send({ t: 'gap', from: '5', to: '8', reason: 'RETENTION' });
  bridge.next = 8;
  setClock(at('14:10'));
  await partition().post([posted(paid('c1', 't1', at('14:10')), 'e1')]);
  setClock(at('14:16'));
  await bridge.claim();
  await confirmed('c1');
  await bridge.data(requested('c1', 't1', at('14:16')), paid('c1', 't1', at('14:16')), paid('c1', 't3', at('14:16')));
  // As if the partition had not heard of the last answer: the customer still has to tell it.
  const source = { topic: 'customer-events', partition: 0, offset: '11', incarnation: 'log-1' };
  const record: StreamRecord = { ...paid('c1', 't1', at('14:16')), source };
  await applyTo(customer('c1'), {
    ...{ records: [{ record, watermark: at('14:16') }], watermark: at('14:16') },
    ...{ now: Date.now(), home: 'customer-events/0' },
  });
  return { customer: await storedIn(customer('c1')), partition: await storedIn(partition()) };
}

function storedIn(stub: DurableObjectStub): Promise<Stored> {
  return inside(stub, async ({ storage }) => {
    const made = storage.sql
      .exec<{ name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .toArray()
      .filter(({ name }) => !name.startsWith('_cf_') && !name.startsWith('sqlite_'));
    const rows = made.map(({ name }) => [name, storage.sql.exec<Record<string, SqlStorageValue>>(`SELECT * FROM ${name}`).toArray()]);
    return { schema: made.map(({ sql }) => sql), rows: Object.fromEntries(rows) as Stored['rows'], alarm: await storage.getAlarm() };
  });
}

/** Puts what a release has stored into the objects of today. */
export async function load({ customer: ofCustomer, partition: ofPartition }: Storage): Promise<void> {
  for (const [stub, stored] of [[customer('c1'), ofCustomer] as const, [partition(), ofPartition] as const]) {
    await inside(stub, async ({ storage }) => {
      await storage.deleteAll();
      for (const sql of stored.schema) storage.sql.exec(sql);
      for (const [table, rows] of Object.entries(stored.rows)) {
        for (const row of rows) {
          const names = Object.keys(row).map((name) => `"${name}"`);
          storage.sql.exec(`INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`, ...Object.values(row));
        }
      }
      if (stored.alarm !== null) await storage.setAlarm(stored.alarm);
    });
    await alarmOf(stub);
  }
}
