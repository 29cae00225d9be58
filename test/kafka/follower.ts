import { onTestFinished } from 'vitest';
import type { SourcePartition } from '../../src/bridge/source.ts';
import { systemTime } from '../../src/bridge/time.ts';
import { Topics } from './broker/topics.ts';
import { Reader, type Reading } from './reader.ts';

const EVERY_MS = 100;

/** The claims that one partition could make: where its log ended, and when that was last known. */
interface Claims {
  end: string;
  at: number;
}

/** A bridge that reads and claims all partitions of a topic without a pause, and producers that write to each of them: every value is its own offset. It ends with the test. */
export class Follower {
  readonly reader: Reader;
  readonly claims = new Map<number, Claims>();
  readonly produced: number[];
  /** Claims that would have passed over what was stored before the end was asked for: there must be none (T5). */
  readonly falseClaims: string[] = [];
  readonly #topic: string;
  readonly #producers: readonly Topics[];
  readonly #ending = new AbortController();

  constructor(connection: { readonly brokers: readonly string[] }, topic: string, group: string, partitions: number) {
    this.#topic = topic;
    this.reader = new Reader(connection, { topics: [topic], group });
    this.produced = Array.from({ length: partitions }, () => 0);
    // A producer each: one that waits for a leader must not keep the others waiting.
    this.#producers = this.produced.map(() => new Topics(connection));
    onTestFinished(() => this.close());
    for (const [partition, producer] of this.#producers.entries()) void this.#produce(producer, partition);
    void this.#claimAll();
  }

  reading(partition: number): Reading | undefined {
    return this.reader.ours.find((reading) => reading.partition.partition === partition);
  }

  /** What a partition has given so far, over all that read it: each offset once, in order, where nothing was skipped, read twice or under a wrong one. */
  isExact(partition: number): boolean {
    const readings = this.reader.readings.filter((reading) => reading.partition.partition === partition);
    const offsets = readings.flatMap((reading) => reading.offsets);
    const values = readings.flatMap((reading) => reading.values);
    return offsets.every((offset, i) => offset === String(i)) && values.every((value, i) => value === String(i));
  }

  /** Whether a partition has read what was written by now, and claimed after it. */
  async keepsUp(partition: number): Promise<boolean> {
    const { claims, produced } = this;
    const [now, count] = [Date.now(), produced[partition] ?? 0];
    for (let tries = 0; tries < 30; tries++) {
      await systemTime.sleep(EVERY_MS);
      const isRead = Number(this.reading(partition)?.next ?? 0) > count;
      if (isRead && (claims.get(partition)?.at ?? 0) > now && (produced[partition] ?? 0) > count) return true;
    }
    return false;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.reader.close();
    await Promise.all(this.#producers.map((producer) => producer.close()));
  }

  async #produce(producer: Topics, partition: number): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const value = String(this.produced[partition]);
      await producer.produce(this.#topic, [{ value, partition }]).then(
        () => {
          this.produced[partition] = (this.produced[partition] ?? 0) + 1;
        },
        () => undefined,
      );
      await systemTime.sleep(EVERY_MS, this.#ending.signal);
    }
  }

  /** Of each partition that is ours, for as long as it is. */
  async #claimAll(): Promise<void> {
    const begun = new Set<Reading>();
    while (!this.#ending.signal.aborted) {
      for (const reading of this.reader.readings) {
        if (begun.has(reading) || reading.next === '') continue;
        begun.add(reading);
        this.#claim(reading.partition).catch(() => undefined);
      }
      await systemTime.sleep(EVERY_MS, this.#ending.signal);
    }
  }

  async #claim(partition: SourcePartition): Promise<void> {
    const signal = AbortSignal.any([this.#ending.signal, partition.revoked]);
    while (!signal.aborted) {
      const stored = this.produced[partition.partition] ?? 0;
      const { end } = await partition.endAt(signal);
      if (Number(end) < stored) this.falseClaims.push(`partition ${partition.partition} was said to end at ${end}, and had ${stored} before`);
      this.claims.set(partition.partition, { end, at: Date.now() });
      await systemTime.sleep(EVERY_MS, signal);
    }
  }
}
