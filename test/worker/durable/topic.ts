import { partitionOf } from '../../../src/protocol/murmur2.ts';
import type { EventLine } from '../../support/events.ts';
import { Bridge } from './bridge.ts';
import { partition, ring, setClock, TOPIC } from './world.ts';

/** Longer than a partition waits before it tries again. */
const A_TRY_MS = 31_000;

/** Which partition a key is written to. */
export type Place = (key: string, count: number) => number;

/** Not Kafka's own, as some clients and every custom partitioner. */
export const bySum: Place = (key, count) => [...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % count;

/** A topic by hand: a log a partition, to which producers that know `count` write, and a bridge a partition that reads as far as it is told. */
export class TopicByHand {
  readonly logs: EventLine[][];
  readonly bridges: (Bridge | undefined)[] = [];
  /** Which partitions have stopped, and want what follows again later. */
  readonly stopped = new Set<number>();
  readonly #place: Place;
  count: number;

  constructor(count: number, place: Place = partitionOf) {
    this.count = count;
    this.#place = place;
    this.logs = Array.from({ length: count }, () => []);
  }

  write(...events: readonly EventLine[]): void {
    for (const event of events) this.logs[this.homeOf(event.key)]?.push(event);
  }

  homeOf(key: string): number {
    return this.#place(key, this.count);
  }

  /** As an operator does with the broker: what is written from now on goes by the new count. */
  grow(count: number): void {
    for (let i = this.count; i < count; i++) this.logs.push([]);
    this.count = count;
  }

  bridge(i: number): Bridge {
    const bridge = this.bridges[i];
    if (bridge === undefined) throw new Error(`Partition ${i} has no bridge.`);
    return bridge;
  }

  async connect(i: number): Promise<Bridge> {
    this.stopped.delete(i);
    const bridge = await Bridge.connect({ partitions: this.count }, TOPIC, i);
    this.bridges[i] = bridge;
    return bridge;
  }

  /** The operator lets the new count in, and the bridge says hello with it. */
  async readmit(i: number): Promise<Bridge> {
    await partition(`${TOPIC}/${i}`).reset();
    return this.connect(i);
  }

  left(i: number): number {
    return (this.logs[i]?.length ?? 0) - this.bridge(i).next;
  }

  /** Sends at most so many records of what is left, and sees how far they are taken. */
  async read(i: number, most = Number.POSITIVE_INFINITY): Promise<void> {
    const bridge = this.bridge(i);
    const some = this.logs[i]?.slice(bridge.next, bridge.next + most) ?? [];
    if (some.length === 0 || this.stopped.has(i)) return;
    bridge.post(...some);
    const { next } = await bridge.take('ack');
    if (next !== String(bridge.next)) this.stopped.add(i);
    bridge.next = Number(next);
  }

  /** Lets time pass until a partition that has stopped asks again for what it did not take. */
  async retry(i: number): Promise<void> {
    setClock(Date.now() + A_TRY_MS);
    await ring(partition(`${TOPIC}/${i}`));
    if (!this.stopped.delete(i)) return;
    const bridge = this.bridge(i);
    bridge.next = Number((await bridge.take('nack')).expected);
  }

  /** Reads to the end, and claims that; gives whether it has come there. */
  async catchUp(i: number): Promise<boolean> {
    await this.read(i);
    if (this.stopped.has(i)) return false;
    await this.bridge(i).claim();
    return true;
  }
}
