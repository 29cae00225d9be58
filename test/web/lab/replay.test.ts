import { describe, expect, it } from 'vitest';
import { replayLog } from '../../../web/src/lab/replay.ts';
import { labOf, MINUTE_MS } from './lab-of.ts';

async function evening(): Promise<string> {
  const lab = labOf({ customers: 30, seed: 7 });
  await lab.advance(20 * MINUTE_MS);
  await lab.kill();
  await lab.advance(3 * MINUTE_MS);
  await lab.restore();
  await lab.act('CustomerRequestedTable', 'me', '99');
  await lab.advance(30 * MINUTE_MS);
  expect(lab.state.live.counts?.outcomes).toBeGreaterThan(50);
  return lab.exportLog();
}

describe('export and replay', () => {
  it('R6: the same log gives the same hash of outcomes, run by the engine alone', async () => {
    const replayed = await replayLog(await evening());
    expect(replayed.same).toBe(true);
    expect(replayed.hash).toBe(replayed.expected);
    expect(replayed.outcomes).toBeGreaterThan(50);
  });

  it('R6: a log with a record changed gives another', async () => {
    const lines = (await evening()).split('\n');
    const payment = lines.findIndex((line) => line.includes('CustomerPaidForTable'));
    const changed = lines.with(payment, (lines[payment] as string).replace('CustomerPaidForTable', 'CustomerCancelledReservation'));
    expect(await replayLog(changed.join('\n'))).toMatchObject({ same: false });
  });

  it('says which line is none, and why', async () => {
    const lines = (await evening()).split('\n');
    await expect(replayLog(lines.with(4, '{"type":"record"').join('\n'))).rejects.toMatchObject({
      code: 'SCHEMA',
      message: expect.stringMatching(/^Line 5 is not an input: /),
    });
    await expect(replayLog(lines.with(2, '{"type":"watermark","watermark":-1,"now":5}').join('\n'))).rejects.toMatchObject({
      code: 'SCHEMA',
      message: expect.stringMatching(/^Line 3 is not an input: \/watermark/),
    });
    await expect(replayLog(lines.slice(0, -2).join('\n'))).rejects.toMatchObject({
      message: expect.stringMatching(/is not the hash of the outcomes/),
    });
    await expect(replayLog('')).rejects.toMatchObject({ message: expect.stringMatching(/^Line 1 is not the settings/) });
    await expect(replayLog(`{"settings":{}}\n${lines.slice(1).join('\n')}`)).rejects.toMatchObject({
      message: expect.stringMatching(/^Line 1 is not the settings: \/settings\/story/),
    });
  });
});
