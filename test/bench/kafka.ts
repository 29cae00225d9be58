import { Broker } from '../kafka/broker/broker.ts';
import { Topics } from '../kafka/broker/topics.ts';
import { KafkaUnavailable } from '../kafka/broker/unavailable.ts';
import { median, rates, ratios } from './figures.ts';
import { type Bridged, bridgeToStandIn, bridgeToWorker } from './kafka-bridge.ts';
import { clientReads, type Reading } from './kafka-reading.ts';
import { fillTopic } from './kafka-topic.ts';
import type { Row } from './table.ts';

const RECORDS = 1_000_000;
const ROUNDS = 3;
const TOPIC = 'customer-events';
const GROUP = 'records out of Kafka';

interface Rounds {
  readonly stream: Reading[];
  readonly fetch: Reading[];
  readonly bridge: Bridged[];
}

/**
 * How many records a second a bridge takes out of a real Kafka, beside the client it is made with alone: to a stand-in that acknowledges at once, and to the reservation Worker. The
 * memory of the bridge is watched meanwhile.
 */
export async function run(): Promise<readonly Row[]> {
  const broker = await startBroker();
  if (broker === undefined) return [];
  const topics = new Topics(broker.connection);
  try {
    await fillTopic(topics, TOPIC, RECORDS);
    const rounds: Rounds = { stream: [], fetch: [], bridge: [] };
    for (let round = 0; round < ROUNDS; round++) await take(round, broker.address, rounds);
    process.stderr.write('  to the Worker\n');
    const worker = await bridgeToWorker(broker.address, TOPIC, RECORDS);
    return rows(rounds, worker);
  } finally {
    await topics.close();
    await broker.close();
  }
}

/** Nothing is measured where there can be no broker. */
async function startBroker(): Promise<Broker | undefined> {
  try {
    return await Broker.start({ log: (line) => process.stderr.write(`  ${line}\n`) });
  } catch (error) {
    if (!(error instanceof KafkaUnavailable)) throw error;
    process.stderr.write(`  Left out: ${error.message}\n`);
    return undefined;
  }
}

/** One round of each; which goes first changes. */
async function take(round: number, broker: string, rounds: Rounds): Promise<void> {
  const turns = [
    async () => rounds.stream.push(await clientReads('stream', broker, TOPIC, RECORDS)),
    async () => rounds.fetch.push(await clientReads('fetch', broker, TOPIC, RECORDS)),
    async () => rounds.bridge.push(await bridgeToStandIn(broker, TOPIC, RECORDS)),
  ];
  for (let i = 0; i < turns.length; i++) {
    process.stderr.write(`  round ${round + 1} of ${ROUNDS}, ${i + 1} of ${turns.length}\n`);
    await turns[(round + i) % turns.length]?.();
  }
}

function rows({ stream, fetch, bridge }: Rounds, worker: Bridged): Row[] {
  const what = `${RECORDS.toLocaleString('en')} records of 6 partitions`;
  const byStream = `the client's stream ${rates(stream.map(rateOf))}`;
  const byFetch = `the client's single fetches ${rates(fetch.map(rateOf))}`;
  const standIn = `bridge to a stand-in that acknowledges at once, ${what}`;
  const folded = `bridge and reservation Worker, ${worker.records.toLocaleString('en')} records until folded, 100 customers`;
  return [
    row(standIn, bridge, byStream, stream, 'at least 0.5'),
    row(standIn, bridge, byFetch, fetch),
    {
      ...{ group: GROUP, figure: `processor time of the bridge a record, ${what}`, value: microseconds(bridge) },
      ...{ beside: `the client's stream ${microseconds(stream)}`, ratio: ratios(bridge.map((one, i) => costOf(one) / costOf(stream[i] as Reading))) },
    },
    memory(`resident memory of the bridge, ${what}`, bridge),
    row(folded, [worker], byStream, stream.slice(0, 1)),
    memory(`resident memory of the bridge, ${worker.records.toLocaleString('en')} records to the Worker`, [worker]),
  ];
}

function row(figure: string, ours: readonly Reading[], beside: string, theirs: readonly Reading[], aim?: string): Row {
  const ratio = ratios(ours.map((one, i) => rateOf(one) / rateOf(theirs[i] as Reading)));
  return { group: GROUP, figure, value: rates(ours.map(rateOf)), beside, ratio, ...(aim === undefined ? {} : { aim }) };
}

/** A memory that does not grow has no more in the last quarter of the time than in the first; but where that is seconds, the first is when the heap gets its size, and garbage that was not collected yet is in both. */
function memory(figure: string, runs: readonly Bridged[]): Row {
  const middle = (of: (run: Bridged) => number) => median(runs.map(of));
  const peak = Math.max(...runs.map(({ resident }) => resident.peak));
  return {
    ...{ group: GROUP, figure, value: `at most ${middle(({ resident }) => resident.last)} MiB in the last quarter of the time; peak ${peak} MiB` },
    ...{ beside: `at most ${middle(({ resident }) => resident.first)} MiB in the first quarter` },
    ratio: ratios(runs.map(({ resident: { first, last } }) => last / first)),
  };
}

function rateOf({ records, seconds }: Reading): number {
  return records / seconds;
}

function costOf({ records, processorSeconds }: Reading): number {
  return processorSeconds / records;
}

function microseconds(readings: readonly Reading[]): string {
  return `${(median(readings.map(costOf)) * 1e6).toFixed(2)} µs`;
}

if (import.meta.main) console.table(await run());
