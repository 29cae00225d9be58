import type { Change, Forward } from './kafka-operator.ts';

export interface Suppression {
  /** `final`: until the window has closed; else until `waitMs` after the first change that is held back. */
  readonly final: boolean;
  readonly waitMs: number;
  readonly isSession: boolean;
  readonly maxRecords: number;
  readonly whenFull: 'emit' | 'fail';
}

interface Buffered {
  readonly change: Change;
  readonly bufferTime: number;
  readonly bytes: Buffer;
}

/** The buffer has more than it may hold, and is not to emit early: in Kafka the end of the application. */
export class BufferFull extends Error {}

/** Kafka's `suppress`: holds changes back by a stream time of its own, that of the changes which reach it. */
export class Suppress {
  readonly #suppression: Suppression;
  readonly #forward: Forward;
  readonly #buffer = new Map<string, Buffered>();
  #streamTime = -1;

  constructor(suppression: Suppression, forward: Forward) {
    this.#suppression = suppression;
    this.#forward = forward;
  }

  process(change: Change): void {
    const { final, waitMs, isSession, maxRecords, whenFull } = this.#suppression;
    this.#streamTime = Math.max(this.#streamTime, change.timestamp);
    const bytes = windowedKeyBytes(change, isSession);
    const name = bytes.toString('base64');
    const bufferTime = this.#buffer.get(name)?.bufferTime ?? (final ? change.end : change.timestamp);
    this.#buffer.set(name, { change, bufferTime, bytes });
    for (let first = this.#first(); first !== undefined && first.bufferTime <= this.#streamTime - waitMs; first = this.#first()) this.#evict(first);
    while (this.#buffer.size > maxRecords) {
      if (whenFull === 'fail') throw new BufferFull(`${this.#buffer.size}/${maxRecords} records`);
      this.#evict(this.#first() as Buffered);
    }
  }

  #first(): Buffered | undefined {
    let first: Buffered | undefined;
    for (const entry of this.#buffer.values()) if (first === undefined || order(entry, first) < 0) first = entry;
    return first;
  }

  #evict({ change, bytes }: Buffered): void {
    this.#buffer.delete(bytes.toString('base64'));
    if (change.value !== null || !this.#suppression.final) this.#forward(change);
  }
}

function order(a: Buffered, b: Buffered): number {
  return a.bufferTime - b.bufferTime || Buffer.compare(a.bytes, b.bytes);
}

/** As Kafka serializes it: the key, then the start; of a session the key, the end, the start. */
function windowedKeyBytes({ key, start, end }: Change, isSession: boolean): Buffer {
  const instants = Buffer.alloc(isSession ? 16 : 8);
  if (isSession) instants.writeBigInt64BE(BigInt(end), 0);
  instants.writeBigInt64BE(BigInt(start), isSession ? 8 : 0);
  return Buffer.concat([Buffer.from(key), instants]);
}
