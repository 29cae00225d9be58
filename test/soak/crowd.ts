import WebSocket from 'ws';
import { decodeLiveFrame } from '../../src/protocol/live-codec.ts';
import { LIVE_PROTOCOL } from '../../src/protocol/sockets.ts';
import type { System } from '../support/system.ts';

/** Many viewers of one partition. A `quick` one says what it has seen; a mute one never does. */
export class Crowd {
  readonly #sockets: WebSocket[] = [];
  /** By viewer: frames received, and the tables shown. */
  readonly frames: number[] = [];
  readonly tables: Set<string>[] = [];
  readonly closes: number[] = [];

  /** Opens so many, some at a time. */
  async join(system: System, count: number, quick: boolean): Promise<void> {
    const AT_ONCE = 50;
    for (let from = 0; from < count; from += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, () => this.#open(system, quick)));
  }

  get size(): number {
    return this.#sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
  }

  /** Whether every viewer at these places has been shown a table. */
  haveSeen(table: string, from: number, to: number): boolean {
    return this.tables.slice(from, to).every((tables) => tables.has(table));
  }

  leave(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  #open(system: System, quick: boolean): Promise<void> {
    const socket = new WebSocket(`${system.url.replace(/^http/, 'ws')}/v1/live/customer-events/0`, LIVE_PROTOCOL, {
      headers: { Authorization: `Bearer ${system.settings.ORIEL_VIEW_TOKEN}` },
    });
    const place = this.#sockets.push(socket) - 1;
    const tables = new Set<string>();
    this.frames[place] = 0;
    this.tables[place] = tables;
    socket.on('close', (code) => this.closes.push(code));
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data) => {
        const frame = decodeLiveFrame(String(data));
        this.frames[place] = frame.n;
        for (const { id } of frame.t === 'window' ? frame.items : frame.t === 'snapshot' ? frame.windows : []) tables.add(id);
        if (quick) socket.send(JSON.stringify({ t: 'seen', n: frame.n }));
        resolve();
      });
    });
  }
}
