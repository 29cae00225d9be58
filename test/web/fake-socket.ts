import type { LiveSocket } from '../../src/client.ts';
import type { LiveFrame } from '../../src/protocol/live.ts';

type Listener = (event: { readonly data: unknown; readonly code: number; readonly reason: string }) => void;

/** A WebSocket whose other side is the test. `made` holds every one since `reset`, in order. */
export class FakeSocket implements LiveSocket {
  static made: FakeSocket[] = [];

  static reset(): void {
    FakeSocket.made = [];
  }

  static last(): FakeSocket {
    const last = FakeSocket.made.at(-1);
    if (last === undefined) throw new Error('no socket was made');
    return last;
  }

  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: string[] = [];
  closed: number | undefined;
  readyState = 0;
  readonly #listeners = new Map<string, Listener[]>();

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeSocket.made.push(this);
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(code?: number): void {
    this.closed ??= code;
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.#emit('open', {});
  }

  say(frame: LiveFrame | string): void {
    this.#emit('message', { data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  drop(code = 1006, reason = ''): void {
    this.readyState = 3;
    this.#emit('close', { code, reason });
  }

  #emit(type: string, event: Partial<Parameters<Listener>[0]>): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data: '', code: 0, reason: '', ...event });
  }
}
