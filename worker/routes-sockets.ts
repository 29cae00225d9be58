import { OrielError } from '../src/core/errors.ts';
import { INGEST_PROTOCOL, LIVE_PROTOCOL } from '../src/protocol/sockets.ts';
import { isUpgrade } from './origin.ts';
import { partitionObject } from './parameters.ts';
import { problem } from './problem.ts';
import { type Call, route } from './route.ts';

/**
 * Hands an upgrade on to its partition's object, as it came: the object is the server of the socket and sleeps under it.
 * @throws OrielError `NOT_FOUND`, `UPGRADE_REQUIRED`.
 */
async function upgrade(call: Call, protocol: string): Promise<Response> {
  const object = partitionObject(call);
  if (!isUpgrade(call.request))
    throw new OrielError('UPGRADE_REQUIRED', `This is a WebSocket of the subprotocol ${protocol}: ask with Upgrade: websocket.`);
  const offered = (call.request.headers.get('Sec-WebSocket-Protocol') ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(protocol))
    return problem(400, 'UPGRADE_REQUIRED', `The subprotocol ${protocol} is not among those offered in Sec-WebSocket-Protocol.`);
  return object.fetch(call.request);
}

export const socketRoutes = [
  route({
    method: 'GET',
    path: '/v1/ingest/{topic}/{partition}',
    id: 'ingest',
    summary: `The WebSocket of a bridge, subprotocol ${INGEST_PROTOCOL}`,
    right: 'ingest',
    answers: { 101: { description: 'The WebSocket.' } },
    problems: [400, 426],
    handle: (call) => upgrade(call, INGEST_PROTOCOL),
  }),
  route({
    method: 'GET',
    path: '/v1/live/{topic}/{partition}',
    id: 'live',
    summary: `The WebSocket of a viewer, subprotocol ${LIVE_PROTOCOL}`,
    right: 'read',
    answers: { 101: { description: 'The WebSocket.' } },
    problems: [400, 426],
    handle: (call) => upgrade(call, LIVE_PROTOCOL),
  }),
];
