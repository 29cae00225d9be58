import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RecordedExchange, SCENARIO_TOPICS, SINK_BYTES, strimziScenario } from '../../gateway/recorded/scenario.ts';
import { GatewayClient } from '../../support/gateway/client.ts';
import { Broker } from '../broker/broker.ts';
import { KAFKA_VERSION } from '../broker/jars.ts';
import { Topics } from '../broker/topics.ts';
import { handsOf } from './scenario-hands.ts';
import { Strimzi, strimziJars } from './strimzi.ts';

/** `node test/kafka/gateway/record.ts`: asks the real Strimzi bridge in front of the real Kafka, and writes down what they say. */
const jars = strimziJars();
if ('missing' in jars) throw new Error(jars.missing);
const broker = await Broker.start({ log: console.log });
const topics = new Topics(broker.connection);
try {
  for (const topic of SCENARIO_TOPICS)
    await topics.createTopic(topic, { config: topic === 'sink' ? { 'max.message.bytes': String(SINK_BYTES) } : {} });
  // It waits for a topic that is not there, by default for a minute.
  const gateway = await Strimzi.start(broker.connection, { properties: { 'kafka.producer.max.block.ms': '3000' } });
  try {
    const exchanges = await strimziScenario(new GatewayClient(gateway.url, fetch), handsOf(topics));
    write(jars.version, exchanges, gateway.url);
  } finally {
    await gateway.close();
  }
} finally {
  await topics.close();
  await broker.close();
}
process.exit(0);

function write(version: string, exchanges: readonly RecordedExchange[], url: string): void {
  const file = fileURLToPath(new URL(`../../gateway/recorded/strimzi-${version}.json`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  const about = { gateway: `Strimzi HTTP bridge ${version}`, cluster: `Apache Kafka ${KAFKA_VERSION}` };
  const text = JSON.stringify({ ...about, exchanges }, null, 2).replaceAll(url, 'http://gateway.test:8082');
  writeFileSync(file, `${text}\n`);
  console.log(`${exchanges.length} exchanges are in ${file}.`);
}
