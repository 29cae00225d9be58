/** What a terminal is to us. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** To the start of the line, and all of it wiped. */
const WIPE = '\r\u001B[2K';

/** Lines that stay, above one that is rewritten in its place. */
export class Terminal {
  readonly #stream: TerminalStream;
  #status = '';

  constructor(stream: TerminalStream) {
    this.#stream = stream;
  }

  /** A line that stays. */
  line(text: string): void {
    this.#stream.write(this.#status === '' ? `${text}\n` : `${WIPE}${text}\n${this.#status}`);
  }

  /** The line that is rewritten, cut to the width of the terminal; nothing wipes it. */
  show(text: string): void {
    const cut = text.slice(0, Math.max(1, (this.#stream.columns ?? 80) - 1));
    if (cut !== this.#status) this.#stream.write(this.#status === '' ? cut : `${WIPE}${cut}`);
    this.#status = cut;
  }
}
