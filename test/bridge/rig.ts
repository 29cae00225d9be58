import { Backoff } from '../../src/bridge/backoff.ts';
import { Session, type SessionEnd, type SessionOptions } from '../../src/bridge/session/session.ts';
import type { Standing } from '../../src/bridge/session/standing.ts';
import type { Dial, Ended } from '../../src/bridge/session/transport.ts';
import { type Delivery, type Mode, type Outcome, type Sink, STORED } from '../../src/bridge/source.ts';
import { FakeObject } from './fake-object.ts';
import { MemoryPartition } from './memory-partition.ts';
import { VirtualTime } from './virtual-time.ts';

/** A sink that keeps what it is given, and answers as it is told. */
export class MemorySink implements Sink {
  readonly stored: string[] = [];
  answer: (outcome: Outcome) => Delivery = () => STORED;
  failures: unknown[] = [];
  /** While set, deliveries wait: call it to let them go. */
  held: (() => void)[] | undefined;

  async deliver(outcomes: readonly Outcome[]): Promise<readonly Delivery[]> {
    if (this.held !== undefined) await new Promise<void>((resolve) => this.held?.push(resolve));
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return outcomes.map((outcome) => {
      const delivery = this.answer(outcome);
      if (delivery.stored) this.stored.push(outcome.id);
      return delivery;
    });
  }

  async close(): Promise<void> {}
}

/** Dials the fake object in memory; each text takes one turn of the microtasks. While `down` is set the answer is that. */
export function memoryDial(object: FakeObject, network: { down: Ended | undefined; dialled: number[] }, time: VirtualTime): Dial {
  return (events) => {
    network.dialled.push(time.now());
    let over = false;
    const end = (how: Ended) => {
      if (over) return;
      over = true;
      if (how.kind === 'closed') other?.ended(how.code);
      events.ended(how);
    };
    const deliver = (act: () => void) => queueMicrotask(() => !over && act());
    let other: ReturnType<FakeObject['connect']> | undefined;
    deliver(() => {
      if (network.down !== undefined) return end(network.down);
      other = object.connect({
        send: (text) => deliver(() => events.text(text)),
        close: (code, reason) => deliver(() => end({ kind: 'closed', code, reason })),
      });
      events.open();
    });
    return {
      send: (text) => deliver(() => other?.receive(text)),
      close: (code, reason) => deliver(() => end({ kind: 'closed', code, reason })),
      drop: (why) => end({ kind: 'closed', code: 1006, reason: why }),
    };
  };
}

/** A session between a log in memory and the fake object, under virtual time. */
export class Rig {
  readonly time = new VirtualTime();
  readonly object = new FakeObject();
  readonly sink = new MemorySink();
  readonly lines: string[] = [];
  readonly partition: MemoryPartition;
  readonly network: { down: Ended | undefined; dialled: number[] } = { down: undefined, dialled: [] };
  standing: Standing | Error = { next: null, watermark: null, counts: { open: 1, waiting: 0 }, outbox: { depth: 0 } };
  end: SessionEnd | undefined;
  readonly session: Session;

  constructor(mode: Mode = 'live', options: Partial<SessionOptions> = {}) {
    this.partition = new MemoryPartition(this.time, mode);
    this.session = new Session({
      identity: { bridge: 'bridge-1', epoch: 3 },
      base: 'http://127.0.0.1:8787',
      partition: this.partition,
      sink: this.sink,
      time: this.time,
      dial: memoryDial(this.object, this.network, this.time),
      ask: async () => {
        if (this.standing instanceof Error) throw this.standing;
        return this.standing;
      },
      newBackoff: () => new Backoff(() => 0),
      log: (line) => this.lines.push(line),
      ...options,
    });
  }

  async start(): Promise<this> {
    void this.session.run().then((end) => {
      this.end = end;
    });
    await this.time.settle();
    return this;
  }
}
