import { join } from 'node:path';
import { DeadlineQueue } from '../../core/deadlines.ts';
import { messageOf, OrielError } from '../../core/errors.ts';
import type { Source, SourcePartition } from '../source.ts';
import type { Time } from '../time.ts';
import { type DemoLine, DemoLog } from './demo-log.ts';
import type { DemoEvent, DemoWorld, Visit, VisitOf } from './demo-world.ts';
import { NdjsonSource } from './ndjson.ts';

/** Visits a second at speed 1, about two events each; and the most, which is what `max` gives. */
const VISITS_PER_SECOND = 1;
const MOST_VISITS_PER_SECOND = 500;
/** Visits missed while the machine slept are not made up for beyond this. */
const CATCH_UP_MS = 1_000;
const SEED = 20_240_229;

export interface DemoOptions {
  /** Folder of the log, `demo.ndjson` in it. */
  readonly data: string;
  readonly topic: string;
  readonly partitions: number;
  /** What the keys of the served topology do. */
  readonly visitOf: VisitOf;
  readonly world: Omit<DemoWorld, 'seed' | 'everyMs'>;
  /** Times the pace of about two events a second; what a customer does stays as long as the window says. */
  readonly speed: number;
  readonly time: Time;
  readonly seed?: number;
}

/**
 * The built-in demo: seeded keys whose events go to a log file, which is read like any live log. So a kill of the bridge loses nothing that was
 * recorded, and a restart goes on after it; who was in the middle of a visit then is not seen again.
 */
export class DemoSource implements Source {
  readonly #options: DemoOptions;
  readonly #source: NdjsonSource;
  readonly #path: string;
  #failure: unknown;

  constructor(options: DemoOptions) {
    const { data, topic, partitions, time } = options;
    this.#options = options;
    this.#path = join(data, 'demo.ndjson');
    this.#source = new NdjsonSource({
      path: this.#path,
      topic,
      partitions,
      mode: 'live',
      speed: 1,
      from: 'earliest',
      time,
      failure: () => this.#failure,
    });
  }

  async *partitions(signal: AbortSignal): AsyncGenerator<SourcePartition> {
    void this.#record(this.#openLog(), signal);
    yield* this.#source.partitions(signal);
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  #openLog(): DemoLog {
    try {
      return new DemoLog(this.#path);
    } catch (cause) {
      throw new OrielError(
        'OPTION',
        `The demo's log ${this.#path} cannot be written (${messageOf(cause)}). Give a folder that can be, with --data.`,
        { cause },
      );
    }
  }

  /** Records what falls due, until `signal` aborts. */
  async #record(log: DemoLog, signal: AbortSignal): Promise<void> {
    const { speed, time, visitOf, seed = SEED } = this.#options;
    const world: DemoWorld = { ...this.#options.world, seed, everyMs: 1_000 / Math.min(MOST_VISITS_PER_SECOND, VISITS_PER_SECOND * speed) };
    const agenda = new Agenda((step) => visitOf(world, step), log.nextStep, time.now());
    try {
      while (!signal.aborted) {
        const now = time.now();
        const due = agenda.takeDue(now);
        if (due.length > 0) log.append(due);
        await time.sleep(Math.max(1, agenda.next - time.now()), signal);
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      log.close();
    }
  }
}

interface Appointment {
  /** Among those of one instant. */
  readonly order: number;
  readonly step: number;
  readonly event: DemoEvent;
}

/** Who does what when: visits begun at the clock they are due, their events to come. */
class Agenda {
  readonly #visitOf: (step: number) => Visit;
  readonly #appointments = new DeadlineQueue<Appointment>(
    (a, b) => a.order < b.order,
    () => false,
  );
  #step: number;
  #order = 0;
  #nextVisitAt: number;

  constructor(visitOf: (step: number) => Visit, step: number, now: number) {
    this.#visitOf = visitOf;
    this.#step = step;
    this.#nextVisitAt = now;
  }

  /** The least instant at which something is due. */
  get next(): number {
    return Math.min(this.#nextVisitAt, this.#appointments.nextAt ?? Number.POSITIVE_INFINITY);
  }

  /** What is due, recorded at `now`, in the order of its instants. */
  takeDue(now: number): readonly DemoLine[] {
    this.#nextVisitAt = Math.max(this.#nextVisitAt, now - CATCH_UP_MS);
    for (; this.#nextVisitAt <= now; this.#step++) {
      const { events, untilNextMs } = this.#visitOf(this.#step);
      for (const event of events) {
        this.#appointments.push(this.#nextVisitAt + event.afterMs, { order: this.#order++, step: this.#step, event });
      }
      this.#nextVisitAt += untilNextMs;
    }
    const due: DemoLine[] = [];
    for (let next = this.#appointments.pop(now); next !== undefined; next = this.#appointments.pop(now)) {
      due.push({ step: next.step, timestamp: now, key: next.event.key, value: next.event.value });
    }
    return due;
  }
}
