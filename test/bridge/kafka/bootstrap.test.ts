import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Admin } from '@platformatic/kafka';
import { expect, it, onTestFinished } from 'vitest';
import { takesNextBroker } from '../../../src/bridge/kafka/bootstrap.ts';
import { clientOptions } from '../../../src/bridge/kafka/connection.ts';

it('K5: a broker that takes connections and says nothing is asked once, then the next', async () => {
  const asked: string[] = [];
  const brokers = await Promise.all(['first', 'second', 'third'].map((name) => silent(() => asked.push(name))));
  const admin = takesNextBroker(new Admin({ ...clientOptions({ brokers }, 'test'), requestTimeout: 20 }));
  onTestFinished(() => admin.close());
  for (let i = 0; i < 4; i++) await expect(admin.metadata({ topics: ['t'] })).rejects.toThrow();
  expect(asked).toEqual(['first', 'second', 'third', 'first']);
});

/** Listens, and never answers. */
async function silent(onRequest: () => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', onRequest);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
