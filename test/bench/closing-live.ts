import { once } from 'node:events';
import WebSocket from 'ws';
import type { LiveFrame } from '../../src/protocol/live.ts';
import { LIVE_PROTOCOL } from '../../src/protocol/sockets.ts';
import { TOKENS } from './ingest-host.ts';

/** Watches a partition as the page does, at most 20 frames a second; told of the greatest `seq` of each frame of outcomes. Gives how to end it. */
export async function watch(url: string, onOutcomes: (seq: number) => void): Promise<() => void> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live/customer-events/0`, LIVE_PROTOCOL, {
    headers: { Authorization: `Bearer ${TOKENS.ORIEL_VIEW_TOKEN}` },
  });
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as LiveFrame;
    socket.send(JSON.stringify({ t: 'seen', n: frame.n }));
    // A viewer that did not keep up is shown a snapshot in their stead.
    const shown = frame.t === 'outcome' ? frame.items : frame.t === 'snapshot' ? frame.outcomes : [];
    const last = shown.at(-1);
    if (last !== undefined) onOutcomes(Number(last.seq));
  });
  await once(socket, 'open');
  return () => socket.close(1000);
}
