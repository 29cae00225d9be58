import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Says something over TCP, and gives what is answered within so long. */
export async function sayRaw(port: number, text: string, waitMs: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let said = '';
  socket.setEncoding('latin1').on('data', (more: string) => {
    said += more;
  });
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.write(text, 'latin1');
  await Promise.race([ended, sleep(waitMs)]);
  socket.destroy();
  return said;
}

/** A viewer that has asked for its socket and reads nothing from it, not even the answer. */
export function deafViewer(port: number, token: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  const head = [
    ...['GET /v1/live/customer-events/0 HTTP/1.1', `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, 'Connection: Upgrade'],
    ...['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==', 'Sec-WebSocket-Protocol: oriel.live.v1'],
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return socket;
}

/** Requests that are none, or are meant to hurt whoever reads them. */
export function rawAttacks(token: string): readonly string[] {
  const get = (path: string, ...headers: readonly string[]) => `GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;
  const post = (headers: readonly string[], body: string) =>
    `POST /v1/customers/eve/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
  return [
    '\u0000\u0001\u0002\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `${'A'.repeat(100_000)} / HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    get('/v1/windows/customer-events/0'),
    get('http://evil.example/healthz', 'Host: localhost'),
    get('//evil.example/healthz', 'Host: localhost'),
    get('/%00%ff\u00ff', 'Host: localhost'),
    get('/../../../../etc/passwd', 'Host: localhost'),
    get(
      '/v1/live/customer-events/0',
      'Host: localhost',
      `Authorization: Bearer ${token}`,
      'Upgrade: websocket',
      'Sec-WebSocket-Protocol: oriel.live.v1',
    ),
    get('/healthz', 'Host: localhost', `X-Large: ${'x'.repeat(200_000)}`),
    get('/v1/windows/customer-events/0', 'Host: localhost', `Authorization: Bearer ${'x'.repeat(7_000)}`),
    get('/v1/windows/customer-events/0', 'Host: localhost', `Cookie: oriel_session=${'1'.repeat(7_000)}`),
    post(['Content-Length: 10', 'Content-Length: 20'], '{}'),
    post(['Content-Length: -1'], '{}'),
    post(['Content-Length: 99999999999999999999'], '{}'),
    post(['Content-Length: 2', 'Transfer-Encoding: chunked'], '0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    post(['Transfer-Encoding: chunked'], 'FFFFFFFFFFFFFFFF\r\n{}'),
    post(['Transfer-Encoding: chunked'], `${(2_000_000).toString(16)}\r\n${'x'.repeat(2_000_000)}\r\n0\r\n\r\n`),
    post(['Content-Length: 1000'], '{"id":'),
  ];
}

/** Hosts that are none: what runs the Worker locally refuses them before it, in its own words (500, workerd 1.20261102.1). */
export const BAD_HOSTS: readonly string[] = ['a b', '[::', 'localhost:99999', 'localhost\r\nHost: evil.example'].map(
  (host) => `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
);
