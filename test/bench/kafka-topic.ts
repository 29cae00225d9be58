import type { RecordToProduce } from '../kafka/broker/record.ts';
import type { Topics } from '../kafka/broker/topics.ts';
import type { EventLine } from '../support/events.ts';
import { cancelled, paid, requested } from '../support/events.ts';

const CUSTOMERS = 100;
const PARTITIONS = 6;
/** Events of one reservation: asked for, paid for, asked for again and again (B9: nothing changes), and given up, so that its window closes and a customer never has more than one open. */
const EVENTS = 50;
const BATCH = 10_000;
const AN_HOUR_MS = 3_600_000;
/** What brings a value to about 150 bytes; the topology does not look at it. */
const BESIDE = { restaurant: 'Osteria della Stazione', seats: 4, askedBy: 'web' };

/** Makes a topic of six partitions with so many events of a hundred customers in turn, keyed by the customer and uncompressed. */
export async function fillTopic(topics: Topics, topic: string, count: number): Promise<void> {
  await topics.createTopic(topic, { partitions: PARTITIONS });
  const start = Date.now() - AN_HOUR_MS;
  for (let first = 0; first < count; first += BATCH) {
    const size = Math.min(BATCH, count - first);
    await topics.produce(
      topic,
      Array.from({ length: size }, (_, i) => recordOf(first + i, start + first + i)),
    );
  }
}

function recordOf(n: number, timestamp: number): RecordToProduce {
  const { key, value } = eventOf(Math.floor(n / CUSTOMERS) % EVENTS)(`customer-${n % CUSTOMERS}`, 'table-1', timestamp);
  return { key, timestamp, value: JSON.stringify({ ...value, ...BESIDE }) };
}

function eventOf(turn: number): (customer: string, table: string, timestamp: number) => EventLine {
  if (turn === 1) return paid;
  return turn === EVENTS - 1 ? cancelled : requested;
}
