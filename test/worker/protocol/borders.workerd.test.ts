import { expect, it } from 'vitest';
import type { Claim } from '../../../src/protocol/frames.ts';
import { Bridge, recordsAt } from './bridge.ts';
import { evictAll, useStage, wipe } from './stage.ts';
import { foldedIn, someEvents } from './storm.ts';

useStage();

const EVENTS = someEvents(11, 150);
const CLAIM_EVERY = 10;
const MINUTE_MS = 60_000;

/** A claim after every 10 events, one minute behind the latest of them; and one at the end, that closes all. */
const CLAIMS: readonly Claim[] = [
  ...Array.from({ length: Math.floor(EVENTS.length / CLAIM_EVERY) - 1 }, (_, i) => {
    const next = (i + 1) * CLAIM_EVERY;
    const latest = Math.max(...EVENTS.slice(0, next).map(({ timestamp }) => timestamp));
    return { t: 'watermark' as const, at: latest - MINUTE_MS, next: String(next) };
  }),
  { t: 'watermark', at: 8.64e15, next: String(EVENTS.length) },
];

interface Way {
  /** Events of a frame. */
  readonly size: number;
  /** `between`: each claim after its records, where a frame then ends. `ahead`: all after the first record, so that they wait and frames lead over them. */
  readonly claims: 'between' | 'ahead';
  readonly evictions?: boolean;
}

async function run({ size, claims, evictions }: Way) {
  const bridge = await Bridge.connect();
  await bridge.data(...EVENTS.slice(0, 1));
  const waiting = [...CLAIMS];
  if (claims === 'ahead') for (const claim of waiting.splice(0)) bridge.send(claim);
  for (let first = 1; first < EVENTS.length; ) {
    const end = Math.min(first + size, EVENTS.length, Number(waiting[0]?.next ?? EVENTS.length));
    bridge.send({ t: 'data', from: String(first), records: recordsAt(first, EVENTS.slice(first, end)) });
    first = end;
    bridge.sent = BigInt(first);
    if (waiting[0]?.next === String(first)) bridge.send(waiting.shift() as Claim);
    await bridge.handled();
    if (evictions === true) await evictAll();
  }
  return foldedIn(bridge);
}

const ways: readonly Way[] = [
  { size: 7, claims: 'between' },
  { size: 100, claims: 'between' },
  { size: 1, claims: 'ahead' },
  { size: 7, claims: 'ahead' },
  { size: 100, claims: 'ahead' },
  { size: EVENTS.length, claims: 'ahead' },
  { size: 20, claims: 'ahead', evictions: true },
];

it('R6, T5: neither the borders of frames nor when a claim comes before its records is an input: the outcomes are the same', async () => {
  const reference = await run({ size: 1, claims: 'between' });
  expect(reference.outcomes.length).toBeGreaterThan(40);
  expect(Object.keys(reference.counts.byType).sort()).toEqual(['PaymentRejected', 'RequestRejected', 'ReservationCancelled', 'ReservationConfirmed']);
  for (const way of ways) {
    await wipe();
    expect(await run(way), JSON.stringify(way)).toEqual(reference);
  }
});
