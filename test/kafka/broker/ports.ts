import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections: a broker that is down must find its own again. */
const FIRST = 20_000;
const LAST = 32_000;

/** So many different free ports of the loopback interface. */
export async function freePorts(count: number): Promise<number[]> {
  const held: { server: Server; port: number }[] = [];
  while (held.length < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (isFree) held.push({ server, port });
  }
  await Promise.all(
    held.map(({ server }) => {
      server.close();
      return once(server, 'close');
    }),
  );
  return held.map(({ port }) => port);
}
