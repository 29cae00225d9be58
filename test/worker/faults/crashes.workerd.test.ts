import { describe, expect, it } from 'vitest';
import { DurableObjectStore } from '../../../src/stores/durable-object.ts';
import { Customer } from '../../../worker/customer.ts';
import { Deadlines } from '../../../worker/deadlines.ts';
import { Fanout } from '../../../worker/fanout.ts';
import { HomeFeed } from '../../../worker/feed.ts';
import { Ledger } from '../../../worker/ledger.ts';
import { Partition } from '../../../worker/partition.ts';
import { useWorld, wipe } from '../durable/world.ts';
import { type Arrow, countSteps, dyingAt } from './crash.ts';
import { type Ending, eveningByClock, eveningOfSource } from './evening.ts';

useWorld();

const store = DurableObjectStore.prototype;

/** The way of a record, and of what it brings about: load → step → commit → answer → store → acknowledge → deliver → confirm. */
const ARROWS: readonly Arrow[] = [
  { name: 'call → load: the customer dies', on: Customer.prototype, method: 'apply', when: 'before' },
  { name: 'call → load: the partition dies', on: Customer.prototype, method: 'apply', when: 'before', who: 'partition' },
  { name: 'call → load: both die', on: Customer.prototype, method: 'apply', when: 'before', who: 'both' },
  { name: 'load → step', on: store, method: 'load', when: 'after' },
  { name: 'step → commit', on: store, method: 'commit', when: 'before' },
  { name: 'commit → answer', on: Customer.prototype, method: 'apply', when: 'after' },
  { name: 'answer → store', on: Fanout.prototype, method: 'store', when: 'before' },
  { name: 'store → confirm', on: Customer.prototype, method: 'confirm', when: 'before' },
  { name: 'alarm', on: Customer.prototype, method: 'alarm', when: 'before' },
];

/** What a source adds. */
const OF_SOURCE: readonly Arrow[] = [
  { name: 'store → acknowledge', on: Fanout.prototype, method: 'fold', when: 'after' },
  { name: 'claim → watermark', on: HomeFeed.prototype, method: 'claimOf', when: 'before' },
  { name: 'watermark → answers → drop', on: Deadlines.prototype, method: 'dropDue', when: 'before' },
  { name: 'outcome → sink → acknowledged', on: Ledger.prototype, method: 'acknowledge', when: 'before' },
  { name: 'alarm → ask: the partition dies', on: Partition.prototype, method: 'watermarkFor', when: 'before' },
  { name: 'alarm → ask: the customer dies', on: Partition.prototype, method: 'watermarkFor', when: 'before', who: 'customer' },
  { name: 'asked → answer: the partition dies', on: Partition.prototype, method: 'watermarkFor', when: 'after' },
];

/** What a customer does that closes by its own alarm. */
const OF_DELIVERY: readonly Arrow[] = [
  { name: 'deliver → store: the partition dies', on: Partition.prototype, method: 'deliver', when: 'before' },
  { name: 'deliver → store: the customer dies', on: Partition.prototype, method: 'deliver', when: 'before', who: 'customer' },
  { name: 'stored → delivered: the partition dies', on: Partition.prototype, method: 'deliver', when: 'after' },
  { name: 'delivered → noted', on: store, method: 'confirm', when: 'before', matches: ([, later]) => later === undefined },
];

/** What whoever posts over HTTP adds. */
const OF_POST: readonly Arrow[] = [
  { name: 'post', on: Partition.prototype, method: 'post', when: 'before' },
  { name: 'post → answer', on: Partition.prototype, method: 'post', when: 'after' },
];

const BY_SOURCE = [...ARROWS, ...OF_SOURCE, ...OF_DELIVERY];
const BY_CLOCK = [...OF_POST, ...ARROWS.filter(({ name }) => !name.startsWith('call')), ...OF_DELIVERY];

interface Undisturbed {
  readonly ending: Ending;
  /** How often each step is taken. */
  readonly steps: ReadonlyMap<Arrow, number>;
}

const undisturbed = new Map<() => Promise<Ending>, Promise<Undisturbed>>();

/** How an evening ends without a fault; played once. */
function asItShouldEnd(evening: () => Promise<Ending>, arrows: readonly Arrow[]): Promise<Undisturbed> {
  const play = async (): Promise<Undisturbed> => {
    let ending: Ending | undefined;
    const steps = await countSteps(arrows, async () => {
      ending = await evening();
    });
    await wipe();
    return { ending: ending as Ending, steps };
  };
  const known = undisturbed.get(evening) ?? play();
  undisturbed.set(evening, known);
  return known;
}

/** Plays an evening as often as it takes the step, with the death one step later each time. */
async function playDying(arrow: Arrow, evening: () => Promise<Ending>, arrows: readonly Arrow[]): Promise<void> {
  const { ending, steps } = await asItShouldEnd(evening, arrows);
  const times = steps.get(arrow) ?? 0;
  expect(times).toBeGreaterThan(0);
  for (let nth = 1; nth <= times; nth++) {
    await dyingAt(arrow, nth, async () => {
      expect(await evening(), `dead at ${arrow.name}, the ${nth}. of ${times} times`).toEqual(ending);
    });
    await wipe();
  }
}

/** A step that is taken ten times is ten evenings, on a machine that may be busy. */
const MOST_MS = 60_000;

const NOTHING_LEFT = { open: 0, waiting: 0, held: 0, windows: 0 };

describe('an object that dies on the way of a record from a source', () => {
  it('D2, D5, T6: the evening undisturbed, to compare with', async () => {
    const { outcomes, ...rest } = (await asItShouldEnd(eveningOfSource, BY_SOURCE)).ending;
    expect(outcomes.map(([, line]) => line)).toEqual([
      'PaymentRejected c1/t1 ALREADY_PAID',
      'ReservationCancelled c1/t2 CANCELLED_BY_CUSTOMER by condition',
      'PaymentRejected c1/t3 NO_RESERVATION',
      'ReservationConfirmed c1/t1 by watermark',
      'ReservationCancelled c1/t4 PAYMENT_TIMED_OUT by maxHold',
      'PaymentRejected c1/t2 CANCELLED by condition',
      'PaymentRejected c1/t4 LATE by maxHold',
      'PaymentRejected c1/t1 ALREADY_PAID by watermark',
    ]);
    expect(rest).toEqual({ counts: { folded: 6, late: 4, rejected: 0, waiting: 0 }, left: NOTHING_LEFT, next: '10' });
  });

  it.each(BY_SOURCE)(
    'D1, D2, D5, D6, R3: $name, wherever that happens: the same outcomes, once',
    (arrow) => playDying(arrow, eveningOfSource, BY_SOURCE),
    MOST_MS,
  );
});

describe('an object that dies on the way of an event over HTTP', () => {
  it('D2, D5, T7: the evening undisturbed, to compare with', async () => {
    const { outcomes, ...rest } = (await asItShouldEnd(eveningByClock, BY_CLOCK)).ending;
    expect(outcomes.map(([, line]) => line)).toEqual([
      'PaymentRejected c1/t4 NO_RESERVATION',
      'ReservationCancelled c1/t2 CANCELLED_BY_CUSTOMER by condition',
      'ReservationCancelled c1/t3 PAYMENT_TIMED_OUT by watermark',
      'ReservationConfirmed c1/t1 by watermark',
      'PaymentRejected c1/t3 LATE by watermark',
    ]);
    expect(rest).toEqual({ counts: { folded: 5, late: 2, rejected: 0, waiting: 0 }, left: NOTHING_LEFT, next: null });
  });

  it.each(BY_CLOCK)(
    'D1, D2, D5, D6, R3, R5: $name, wherever that happens: the same outcomes, once',
    (arrow) => playDying(arrow, eveningByClock, BY_CLOCK),
    MOST_MS,
  );
});
