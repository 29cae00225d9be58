import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CODES } from '../../../src/core/errors.ts';
import { encode } from '../../../src/protocol/frame-text.ts';
import { framesAt, INSIDES, nested, placed, REFUSALS } from '../../protocol/attack.ts';
import { hurt } from '../../protocol/hurt.ts';
import { requested } from '../../support/events.ts';
import { Bridge, helloOf } from '../protocol/bridge.ts';
import { at, operate, stopCustomer, useStage } from '../protocol/stage.ts';
import { Viewer } from '../protocol/viewer.ts';
import { idOf, standing, stored, trace, useLog } from './standing.ts';

useStage();
const faultsLogged = useLog();

const T = at('13:59');
/** An outcome that was never sent: refused in its turn, and so the end of whatever stood before it. */
const END = '{"t":"outcomeAck","seq":"9223372036854775807"}';

/** How an attack on a socket ended: documented, without our insides, and without a fault in our log. `false`: not before `END`. */
async function endOf(bridge: Bridge): Promise<boolean> {
  const { close, code, message } = await bridge.refusal();
  expect(REFUSALS, message).toContain(close);
  expect(CODES, message).toContain(code);
  expect(JSON.stringify(bridge.frames)).not.toMatch(INSIDES);
  expect(faultsLogged()).toEqual([]);
  return !message.includes('9223372036854775807 was not sent');
}

it('P4: frames hurt in any way are taken, or refused by a documented code and without a trace', async () => {
  const verify = await standing();
  const ends = { taken: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(hurt(framesAt(T)), async (text) => {
      const bridge = await Bridge.connect();
      const before = await trace();
      bridge.say(placed(text, bridge.welcome.next));
      bridge.say(END);
      const refused = await endOf(bridge);
      if (refused) expect(await trace()).toEqual(before);
      ends[refused ? 'refused' : 'taken']++;
    }),
    { numRuns: 40, endOnFailure: true, examples: [[framesAt(T)[0] as string], ['{}']] },
  );
  expect(Math.min(...Object.values(ends))).toBeGreaterThan(0);
  await verify();
});

it('P4, P6: a hello hurt in any way is welcomed, or refused by a documented code and without a trace', async () => {
  const verify = await standing();
  const ends = { welcomed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(hurt([encode(helloOf())]), async (text) => {
      const before = await trace();
      const bridge = await Bridge.open();
      bridge.say(text);
      bridge.say(END);
      const refused = await endOf(bridge);
      if (refused) expect(await trace()).toEqual(before);
      else await operate('reset');
      ends[refused ? 'refused' : 'welcomed']++;
    }),
    { numRuns: 25, endOnFailure: true, examples: [[encode(helloOf())], ['{}']] },
  );
  expect(Math.min(...Object.values(ends))).toBeGreaterThan(0);
  await verify();
});

it('P9: what a viewer says, hurt in any way, is taken or closes that viewer 4400', async () => {
  const verify = await standing();
  const before = await trace();
  await fc.assert(
    fc.asyncProperty(hurt(['{"t":"seen","n":1}']), async (text) => {
      const viewer = await Viewer.connect();
      viewer.say(text);
      viewer.say('no frame');
      expect((await viewer.closed).code).toBe(4400);
      expect(viewer.frames.at(-1)).toMatchObject({ t: 'error', code: 'BAD_FRAME', message: expect.not.stringMatching(INSIDES) });
    }),
    { numRuns: 25, endOnFailure: true },
  );
  expect(faultsLogged()).toEqual([]);
  expect(await trace()).toEqual(before);
  await verify();
});

it('P4: the largest, the deepest and the longest of everything are refused or judged, and nothing else', async () => {
  const verify = await standing();
  const record = (rest: string) => `{"t":"data","from":"@0","records":[{"offset":"@0","key":"largest","timestamp":${T},${rest}}]}`;
  const long = 'x'.repeat(1_000_000);
  const attacks: readonly (readonly [expected: boolean, text: string])[] = [
    [true, 'x'.repeat(1_048_577)],
    [true, 'x'.repeat(8 * 1_048_576)],
    [true, '🙂'.repeat(400_000)],
    [true, nested(500_000)],
    [true, '{"t":'.repeat(100_000)],
    [true, `{"t":"${long}"}`],
    [true, `{"t":"data","from":"18446744073709551616","records":[]}`],
    [true, `{"t":"data","from":"@0","records":[{"offset":"18446744073709551616"}]}`],
    [true, `{"t":"gap","from":"@0","to":"18446744073709551616","reason":"x"}`],
    [true, `{"t":"watermark","at":${T},"next":"18446744073709551616"}`],
    [true, `{"t":"outcomeAck","seq":"18446744073709551616"}`],
    [false, record(`"value":${nested(400_000)}`)],
    [false, record(`"value":{"type":"CustomerRequestedTable","customerId":"largest","tableId":"${long}"}`)],
    [false, record(`"value":{"type":"__proto__","customerId":"largest","tableId":"1"}`)],
    [false, record(`"value":{"type":"CustomerRequestedTable","customerId":"largest","tableId":"\\ud800"}`)],
    [false, record(`"headers":${nested(400_000)},"value":1`)],
    [false, record(`"raw":"${long}"`)],
    [false, record(`"omitted":{"bytes":1e308}`)],
    [false, `{"t":"error","code":"${long.slice(0, 400_000)}","message":"${long.slice(0, 400_000)}"}`],
  ];
  const objects = await stored();
  for (const [refused, text] of attacks) {
    const bridge = await Bridge.connect();
    const before = await trace();
    bridge.say(placed(text, bridge.welcome.next));
    bridge.say(END);
    expect(await endOf(bridge), text.slice(0, 100)).toBe(refused);
    if (refused) expect(await trace()).toEqual(before);
  }
  expect(await stored()).toEqual(objects);
  await verify();
});

it('P4: names of the prototype are keys, tables and fields like any other', async () => {
  const verify = await standing();
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '\u0000', '🙂', 'a/b', '..', '%00'];
  const bridge = await Bridge.connect();
  await bridge.data(...names.flatMap((name) => names.map((table) => requested(name, table, T))));
  expect(bridge.all('reject')).toEqual([]);
  expect(await trace()).toMatchObject({ counts: { folded: 1 + names.length ** 2, open: 1 + names.length ** 2 } });
  expect((await stored()).customers).toEqual(expect.arrayContaining(names.map(idOf)));
  expect(({} as Record<string, unknown>).open).toBeUndefined();
  bridge.close();
  await verify();
});

it('P3: a flood beyond the credit, from many sockets at once, closes each 4429 and leaves nothing', async () => {
  const verify = await standing();
  const bridge = await Bridge.connect();
  const go = await stopCustomer('slow');
  bridge.post(requested('slow', '1', T));
  await bridge.drained();
  const before = await trace();
  const flood = JSON.stringify({ t: 'data', from: '2', records: Array.from({ length: 500 }, (_, i) => ({ offset: String(2 + i) })) });
  const flooders = await Promise.all(Array.from({ length: 8 }, () => Bridge.open()));
  for (const [i, flooder] of flooders.entries()) {
    flooder.send(helloOf({ generation: 2 + i }));
    for (let frames = 0; frames < 11; frames++) flooder.say(flood);
  }
  for (const flooder of flooders) expect(await flooder.refusal()).toMatchObject({ close: 4429, code: 'OVER_CREDIT' });
  expect(await trace()).toEqual(before);
  await go();
  await bridge.acked();
  bridge.close();
  await verify();
});
