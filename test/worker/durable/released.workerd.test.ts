import { evictAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { reservation } from '../../../src/reservation/topology.ts';
import type { Topology } from '../../../src/topology.ts';
import version1 from '../../fixtures/storage-v1.json' with { type: 'json' };
import version2 from '../../fixtures/storage-v2.json' with { type: 'json' };
import { paid, requested } from '../../support/events.ts';
import { Bridge, lineOf } from './bridge.ts';
import { liveThrough, load, type Storage } from './released.ts';
import { alarmOf, at, confirmed, customer, eventually, give, partition, passTime, ring, rowsOf, serve, setClock, tamper, useWorld } from './world.ts';

useWorld();

/** The storage as the release has left it, whose code is not there any more. */
async function release(fixture: unknown): Promise<void> {
  setClock(at('14:16'));
  await load(fixture as Storage);
  await evictAllDurableObjects();
}

function withoutLife(storage: unknown): unknown {
  return JSON.parse(JSON.stringify(storage).replaceAll(/\\"life\\":\\"[^"]*\\"/g, '\\"life\\":\\"\\"'));
}

/** The reservations with states of another shape. */
function topologyOf(version: number, migrate?: (state: unknown, from: number) => unknown): Topology {
  return { ...(reservation() as unknown as Topology), version, migrate };
}

it('D9: the last version is what is stored today; where it is not, leave its file as it is and add one of the new version', async () => {
  expect(withoutLife(await liveThrough())).toEqual(withoutLife(version2));
});

describe.each([
  { version: 1, fixture: version1 },
  { version: 2, fixture: version2 },
])('what version $version has stored', ({ fixture }) => {
  it('D9: is read and shown', async () => {
    await release(fixture);
    const view = await customer('c1').view();
    expect(view?.counts).toEqual({ folded: 8, late: 0, rejected: 0, duplicate: 0, waiting: 1 });
    expect(view?.windows).toEqual([{ id: 't1', start: at('14:16'), end: at('14:31'), closesAt: at('14:32'), status: 'PAID_FOR', held: false }]);
    const { next, watermark, incarnation, outbox, deadLetters, counts } = await partition().status();
    expect({ next, watermark, incarnation, depth: outbox.depth, deadLetters }).toEqual({
      ...{ next: '11', watermark: at('14:16'), incarnation: 'log-1', depth: 2, deadLetters: 2 },
    });
    expect(counts).toMatchObject({ folded: 7, rejected: 1, outcomes: 3, open: 1, waiting: 1 });
  });

  it('D9: goes on as if nothing had happened', async () => {
    await release(fixture);
    const bridge = await Bridge.connect();
    expect(bridge.next).toBe(11);
    // What the customer had not been able to tell comes with the next record; so does what the sink had not acknowledged.
    await bridge.data(paid('c1', 't1', at('14:16')), requested('c1', 't3', at('14:16')), paid('c1', 't2', at('14:05')));
    await bridge.sync();
    const ended = await partition().post([{ id: 'e1', key: 'c1', value: paid('c1', 't1', at('14:10')).value, timestamp: at('14:10') }]);
    expect(ended).toEqual([{ id: 'e1', disposition: 'duplicate' }]);
    expect((await customer('c1').view())?.windows.map(({ id, status }) => `${id} ${status}`)).toEqual(['t1 PAID_FOR', 't3 PAID_FOR']);
    setClock(at('14:32'));
    await bridge.claim();
    expect(bridge.outcomes.map(lineOf)).toEqual([
      '#2 ReservationConfirmed c1/t1 by watermark',
      '#3 ReservationCancelled c1/t4 PAYMENT_TIMED_OUT by watermark',
      '#4 PaymentRejected c1/t1 ALREADY_PAID',
      '#5 PaymentRejected c1/t2 CANCELLED by condition',
      '#6 ReservationConfirmed c1/t1 by watermark',
      '#7 ReservationConfirmed c1/t3 by watermark',
    ]);
    expect((await customer('c1').view())?.counts).toEqual({ folded: 10, late: 1, rejected: 0, duplicate: 2, waiting: 0 });
    expect(bridge.outcomes[0]?.value.explanation).toMatchObject({ gap: true });
  });

  it('D9: has its alarms: what nobody asks for is delivered, and the window closes', async () => {
    await release(fixture);
    await passTime(at('14:16:05'), customer('c1'));
    expect((await partition().outcomes({ limit: 10 })).items.map(lineOf).at(-1)).toBe('#4 PaymentRejected c1/t1 ALREADY_PAID');
    await confirmed('c1');
    expect(await alarmOf(customer('c1'))).toBe(at('14:17') + 500);
  });
});

describe('a topology of a higher version', () => {
  it('D9: migrates the states of its windows as they are read, and stores them so', async () => {
    await release(version2);
    const seen: number[] = [];
    serve(
      {},
      topologyOf(2, (state, from) => {
        seen.push(from);
        return { ...(state as object), since: from };
      }),
    );
    await give('c1', [], { watermark: at('14:32') });
    expect(new Set(seen)).toEqual(new Set([1]));
    const rows = await rowsOf('c1');
    const states = Object.entries(rows)
      .filter(([row]) => row.startsWith('w'))
      .map(([, window]) => (window as { state: object }).state);
    expect(states).not.toEqual([]);
    for (const state of states) expect(state).toMatchObject({ since: 1 });
    expect(rows.key).toMatchObject({ topology: 2 });
    await evictAllDurableObjects();
    seen.length = 0;
    await customer('c1').view();
    expect(seen).toEqual([]);
  });

  it.each([
    ['has no way from the version stored', topologyOf(2)],
    [
      'fails to migrate',
      topologyOf(2, () => {
        throw new Error('no such state');
      }),
    ],
  ])('D9, D4: where it %s, nothing is changed, the alarm is kept, and the right release goes on', async (_, topology) => {
    await release(version2);
    const before = await rowsOf('c1');
    await evictAllDurableObjects();
    serve({}, topology);
    expect(await give('c1', [requested('c1', 't9', at('14:16'))]).catch(String)).toMatch(/version 2|no such state/);
    expect(await customer('c1').view().catch(String)).toMatch(/version 2|no such state/);
    for (let i = 0; i < 2; i++) {
      expect(await ring(customer('c1'))).toBe(true);
      expect(await alarmOf(customer('c1'))).toBeGreaterThan(Date.now());
    }
    expect(await rowsOf('c1')).toEqual(before);
    await evictAllDurableObjects();
    serve();
    expect((await give('c1', [requested('c1', 't9', at('14:16'))])).dispositions).toEqual([{ kind: 'folded' }]);
  });
});

describe('a version from after this one', () => {
  it('D9, D4: is refused, STATE_VERSION, as it stands; its alarm is kept, and its partition says what is wrong', async () => {
    await release(version2);
    await tamper(customer('c1'), 'UPDATE state SET data = replace(data, \'"version":1\', \'"version":99\')');
    const before = await rowsOf('c1');
    expect(
      await customer('c1')
        .view()
        .catch((error: { code?: string }) => error.code ?? String(error)),
    ).toMatch(/STATE_VERSION|has version 99/);
    expect(await ring(customer('c1'))).toBe(true);
    expect(await alarmOf(customer('c1'))).toBeGreaterThan(Date.now());
    const bridge = await Bridge.connect();
    bridge.post(paid('c1', 't1', at('14:16')));
    const why = await eventually(
      async () => (await partition().status()).source.stalled,
      (stalled) => stalled !== null,
    );
    expect(why).toContain('has version 99; this code knows 1');
    await passTime(at('14:16:02'), partition());
    expect((await bridge.take('nack')).expected).toBe('11');
    expect(await rowsOf('c1')).toEqual(before);
  });
});
