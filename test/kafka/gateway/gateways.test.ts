import { describe, expect, it, onTestFinished } from 'vitest';
import { compared, recording } from '../../gateway/recorded/recording.ts';
import { SCENARIO_TOPICS, SINK_BYTES, strimziScenario } from '../../gateway/recorded/scenario.ts';
import { base64, GatewayClient } from '../../support/gateway/client.ts';
import { freshName, freshTopic, ownBroker, sharedConnection, topicsOf } from '../broker/shared.ts';
import { gatewayKinds } from './gateway.ts';
import { startGatewayProcess } from './process.ts';
import { handsOf } from './scenario-hands.ts';

describe.each(gatewayKinds())('$name, in front of a broker', (kind) => {
  it('stores what it is given, gives what is there, and knows no instance after kill -9', async () => {
    const topics = topicsOf(sharedConnection());
    const topic = await freshTopic(topics);
    const gateway = await kind.start(sharedConnection());
    onTestFinished(() => gateway.close());
    const client = new GatewayClient(gateway.url, fetch);
    const group = freshName('group');
    expect(await client.produce(topic, { key: base64('k'), value: base64('a'), partition: 0 })).toMatchObject({
      status: 200,
      body: { offsets: [{ partition: 0, offset: 0 }] },
    });
    const records = async (instance: string) => {
      if (kind.dialect === 'redpanda') {
        const query = 'offset=0&timeout=1000&max_bytes=10000';
        return client.ask('GET', `/topics/${topic}/partitions/0/records?${query}`, undefined, { accept: 'application/vnd.kafka.binary.v2+json' });
      }
      await client.ask('POST', `${instance}/assignments`, { partitions: [{ topic, partition: 0 }] });
      await client.ask('POST', `${instance}/positions`, { offsets: [{ topic, partition: 0, offset: 0 }] });
      return client.poll(instance, 'timeout=3000&max_bytes=10000');
    };
    const first = await client.instance(kind.dialect, group, 'one');
    expect((await records(first)).body).toMatchObject([{ topic, partition: 0, offset: 0, key: base64('k'), value: base64('a') }]);
    await gateway.kill();
    await gateway.start();
    expect((await client.poll(first, 'timeout=100')).status).toBe(404);
    expect((await records(await client.instance(kind.dialect, group, 'one'))).body).toMatchObject([{ offset: 0 }]);
  });
});

describe('The test gateway as strimzi, in front of a broker', () => {
  it('answers as the real one did', async () => {
    const broker = await ownBroker();
    const topics = topicsOf(broker.connection);
    for (const topic of SCENARIO_TOPICS)
      await topics.createTopic(topic, { config: topic === 'sink' ? { 'max.message.bytes': String(SINK_BYTES) } : {} });
    const gateway = await startGatewayProcess({ dialect: 'strimzi', connection: broker.connection });
    onTestFinished(() => gateway.close());
    const exchanges = await strimziScenario(new GatewayClient(gateway.url, fetch), handsOf(topics));
    const atOneAddress = (answer: unknown) => JSON.parse(JSON.stringify(answer).replaceAll(gateway.url, 'http://gateway.test:8082'));
    expect(atOneAddress(exchanges.map(compared))).toEqual(recording.exchanges.map(compared));
  });
});
