import type { Change, Forward } from './kafka-operator.ts';
import { compareArrays, encoder } from './kafka-store.ts';

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
  readonly name: string;
  readonly bytes: Uint8Array;
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
    const name = JSON.stringify([change.key, change.start, change.end]);
    const bufferTime = this.#buffer.get(name)?.bufferTime ?? (final ? change.end : change.timestamp);
    this.#buffer.set(name, { change, bufferTime, name, bytes });
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

  #evict({ change, name }: Buffered): void {
    this.#buffer.delete(name);
    if (change.value !== null || !this.#suppression.final) this.#forward(change);
  }
}

function order(a: Buffered, b: Buffered): number {
  return a.bufferTime - b.bufferTime || compareArrays(a.bytes, b.bytes);
}

/** As Kafka serializes it: the key, then the start; of a session the key, the end, the start. */
function windowedKeyBytes({ key, start, end }: Change, isSession: boolean): Uint8Array {
  const text = encoder.encode(key);
  const bytes = new Uint8Array(text.length + 16);
  bytes.set(text);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(text.length, BigInt(isSession ? end : start));
  if (isSession) view.setBigInt64(text.length + 8, BigInt(start));
  return isSession ? bytes : bytes.subarray(0, text.length + 8);
}
