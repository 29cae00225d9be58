import { ask } from './stage.ts';

const WAIT_MS = 5_000;

/** The far end of a socket to a partition's object: it keeps what it is sent, and waits for real events only, each time for at most 5 s. */
export class Peer<Frame extends { readonly t: string }> {
  /** Everything received, in order. */
  readonly frames: Frame[] = [];
  /** What was received and is no JSON. */
  readonly words: string[] = [];
  readonly protocol: string | null;
  readonly #socket: WebSocket;
  readonly #taken = new Set<Frame>();
  readonly #listeners = new Set<() => void>();
  #end: { readonly code: number; readonly reason: string } | undefined;

  protected constructor(response: Response, decode: (text: string) => Frame) {
    if (response.webSocket === null) throw new Error(`The upgrade was answered with ${response.status}.`);
    this.#socket = response.webSocket;
    this.protocol = response.headers.get('Sec-WebSocket-Protocol');
    this.#socket.addEventListener('message', ({ data }) => {
      const text = String(data);
      if (text.startsWith('{')) this.frames.push(decode(text));
      else this.words.push(text);
      for (const look of this.#listeners) look();
    });
    this.#socket.addEventListener('close', ({ code, reason }) => {
      this.#end = { code, reason };
      for (const look of this.#listeners) look();
    });
    this.#socket.accept();
  }

  protected static upgrade(path: string, protocol: string): Promise<Response> {
    return ask(path, { headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': protocol } });
  }

  /** Sends a text as it is, or bytes. */
  say(message: string | Uint8Array): void {
    this.#socket.send(message);
  }

  /** Waits until the object has been given all that was said, and all that it had sent by then is here: the pong comes in its turn, and wakes nobody. */
  async drained(): Promise<void> {
    const before = this.words.length;
    this.say('ping');
    await this.until('pong', () => this.words[before]);
  }

  close(code = 1000, reason = 'done'): void {
    this.#socket.close(code, reason);
  }

  /** The next frame of a kind that was not taken before, whatever came in between. */
  next<T extends Frame['t']>(t: T): Promise<Extract<Frame, { t: T }>> {
    return this.until(`a frame ${t}`, () => {
      const found = this.frames.find((frame) => frame.t === t && !this.#taken.has(frame));
      if (found !== undefined) this.#taken.add(found);
      return found as Extract<Frame, { t: T }> | undefined;
    });
  }

  /** Every frame of a kind received so far. */
  all<T extends Frame['t']>(t: T): Extract<Frame, { t: T }>[] {
    return this.frames.filter((frame): frame is Extract<Frame, { t: T }> => frame.t === t);
  }

  /** How the socket was closed, once it is. */
  get closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.until('the close', () => this.#end);
  }

  get isClosed(): boolean {
    return this.#end !== undefined;
  }

  /** Looks again at each event until something is found. */
  until<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        settle();
      };
      const fail = (why: string): void =>
        finish(() => reject(new Error(`${why} while waiting for ${what}; received: ${JSON.stringify(this.frames).slice(-3_000)}`)));
      const look = (): void => {
        const found = find();
        if (found !== undefined) finish(() => resolve(found));
        else if (this.#end !== undefined) fail(`The socket closed (${this.#end.code})`);
      };
      const timer = setTimeout(() => fail(`${WAIT_MS} ms passed`), WAIT_MS);
      this.#listeners.add(look);
      look();
    });
  }
}
