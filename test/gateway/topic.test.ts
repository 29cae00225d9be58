import { describe, expect, it } from 'vitest';
import { describeTopic } from '../../src/gateway/topic.ts';
import { BASE, connection, type Exchange, script } from './exchange.ts';
import { bounds, reading, signal } from './reading.ts';

const topic = (answer: Exchange['answer']): Exchange => ({ call: 'GET /topics/orders', answer });
const three = { name: 'orders', configs: { 'cleanup.policy': 'delete' }, partitions: [0, 1, 2].map((partition) => ({ partition, leader: 1 })) };
const clusters = (answer: Exchange['answer']): Exchange => ({ call: 'GET /v3/clusters', answer });
const cluster = clusters({ json: { kind: 'KafkaClusterList', data: [{ cluster_id: 'abc' }] } });
const ask = (dialect: 'confluent' | 'strimzi' | 'karapace', ...exchanges: Exchange[]) =>
  describeTopic(connection({ dialect }), 'orders', script(BASE, ...exchanges), signal);

describe('a topic at its gateway', () => {
  it('P6: is named by the cluster where the gateway tells it for sure', async () => {
    expect(await ask('confluent', cluster, topic({ json: three }))).toEqual({ partitions: 3, incarnation: 'gateway:abc:orders' });
    expect(await ask('confluent', clusters({ status: 404 }), topic({ json: three }))).toEqual({ partitions: 3, incarnation: 'gateway:orders' });
    expect(await ask('strimzi', topic({ json: three }))).toEqual({ partitions: 3, incarnation: 'gateway:orders' });
  });

  it('P6: has one name for as long as it is read', async () => {
    const again = [topic({ json: three }), bounds(0, 1)];
    const { reader, ports } = reading('confluent', [cluster, ...again, clusters({ status: 404 }), ...again]);
    const first = await reader.describe(signal);
    expect(first).toEqual({ partitions: 3, incarnation: 'gateway:abc:orders', start: '0', end: '1' });
    expect(await reader.describe(signal)).toEqual(first);
    ports.done();
  });

  it('K8: is refused where it is compacted, as far as its gateway tells its settings', async () => {
    const compacted = { ...three, configs: { 'cleanup.policy': 'compact,delete' } };
    await expect(ask('strimzi', topic({ json: compacted }))).rejects.toMatchObject({ code: 'COMPACTED', retryable: false });
    expect(await ask('strimzi', topic({ json: { ...three, configs: null } }))).toMatchObject({ partitions: 3 });
  });

  it.each([404, 40401, 40403])('K8: is unknown where the gateway says %i of it', async (error_code) => {
    await expect(ask('karapace', topic({ status: 404, json: { error_code, message: 'no' } }))).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });

  it('K8: is unknown without a partition, and has no more of them than it says', async () => {
    await expect(ask('strimzi', topic({ json: { partitions: [] } }))).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    const { reader } = reading('strimzi', [topic({ json: three })], { partition: 3 });
    await expect(reader.describe(signal)).rejects.toMatchObject({
      code: 'PARTITIONS',
      message: 'Topic orders has 3 partitions, and no partition 3.',
    });
  });
});
