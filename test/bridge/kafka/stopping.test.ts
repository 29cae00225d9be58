import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { KafkaSource } from '../../../src/bridge/kafka/source.ts';
import { systemTime } from '../../../src/bridge/time.ts';

it('K5: a source that is stopped while its broker takes connections and says nothing ends at once', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined));
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const source = new KafkaSource({
    connection: { brokers: [`127.0.0.1:${port}`] },
    ...{ topics: ['orders'], group: 'g', from: 'earliest', isolation: 'read_committed', time: systemTime, log: () => undefined },
  });
  const stopping = new AbortController();
  const first = source.partitions(stopping.signal).next();
  const [socket] = await once(server, 'connection');
  await once(socket, 'data');
  stopping.abort();
  expect(await first).toEqual({ done: true, value: undefined });
  await source.close();
});
