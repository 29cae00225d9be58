import { once } from 'node:events';
import { createServer } from 'node:net';
import { OrielError } from '../src/core/errors.ts';

/** Both are asked for where people open `http://localhost`. */
const LOOPBACK = ['127.0.0.1', '::1'];

/**
 * Makes sure that a port of this machine is free, on IPv4 and, where there is one, on IPv6: `localhost` may mean either.
 * @throws OrielError `UNAVAILABLE` that says who has it and what to do.
 */
export async function requireFreePort(port: number): Promise<void> {
  for (const host of LOOPBACK) {
    if (!(await isTaken(host, port))) continue;
    const who = (await isOriel(host, port)) ? 'another Oriel' : 'another program';
    throw new OrielError('UNAVAILABLE', `Port ${port} of ${host} is taken by ${who}. End it, or choose another one: npm start -- --port ${port + 1}`);
  }
}

async function isTaken(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      throw new OrielError('OPTION', `Port ${port} is not open to you. Choose one of 1024 or above with --port.`, { cause: error });
    return code === 'EADDRINUSE';
  } finally {
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
  }
}

async function isOriel(host: string, port: number): Promise<boolean> {
  const name = host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}/healthz`, { signal: AbortSignal.timeout(1_000) });
    const health = (await answer.json()) as { status?: unknown; version?: unknown } | null;
    return health?.status === 'ok' && typeof health.version === 'string';
  } catch {
    return false;
  }
}
