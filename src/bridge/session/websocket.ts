import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { messageOf } from '../../core/errors.ts';
import { INGEST_PROTOCOL } from '../../protocol/sockets.ts';
import type { Dial, Ended } from './transport.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The largest frame taken from an object: an outcome carries a window's explanation, at most 256 KiB of state and its sources. */
const LARGEST_FRAME_BYTES = 8 * 1_048_576;
const GOODBYE_MS = 2_000;

/** Dials `url` (ws or wss) with `oriel.v1` and the bearer token. */
export function webSocketDial(url: string, token: string): Dial {
  return (events) => {
    const socket = new WebSocket(url, [INGEST_PROTOCOL], {
      headers: { Authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: LARGEST_FRAME_BYTES,
      perMessageDeflate: false,
    });
    let opened = false;
    let over = false;
    let failure = '';
    const end = (how: Ended): void => {
      if (over) return;
      over = true;
      events.ended(how);
    };
    socket.on('open', () => {
      opened = true;
      events.open();
    });
    socket.on('message', (data, isBinary) => {
      if (over) return;
      if (isBinary) socket.close(4400, 'frames are text');
      else events.text(data.toString());
    });
    socket.on('unexpected-response', (request, response) => {
      void textOf(response).then((detail) => {
        end({ kind: 'refused', status: response.statusCode ?? 0, detail });
        request.destroy();
      });
    });
    socket.on('error', (error) => {
      failure = messageOf(error) || (error as NodeJS.ErrnoException).code || 'no connection';
    });
    socket.on('close', (code, reason) => {
      if (opened) end({ kind: 'closed', code, reason: reason.toString() || failure });
      // Someone speaks WebSocket there, and not ours.
      else if (failure.includes('subprotocol')) end({ kind: 'refused', status: 101, detail: failure });
      else end({ kind: 'unreachable', message: failure });
    });
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: (code, reason) => {
        socket.close(code, reason);
        setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
      },
      drop: (why) => {
        end({ kind: 'closed', code: 1006, reason: why });
        socket.terminate();
      },
    };
  };
}

/** The first 500 characters of a body, a problem document's `detail` where it is one. */
async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > 10_000) break;
    }
    const problem: unknown = JSON.parse(text);
    if (typeof problem === 'object' && problem !== null && 'detail' in problem && typeof problem.detail === 'string')
      return problem.detail.slice(0, 500);
  } catch {
    // A body that breaks off or is no JSON still says what it says.
  }
  return text.slice(0, 500).trim();
}
