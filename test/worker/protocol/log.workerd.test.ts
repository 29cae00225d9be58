import { beforeEach, describe, expect, it, vi } from 'vitest';
import { requested } from '../../support/events.ts';
import { Bridge, helloOf } from './bridge.ts';
import { at, operate, setClock, statusOf, useStage } from './stage.ts';

useStage();

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)));
});

/** What was said so far, in order, without the words for people. */
function said(): Record<string, unknown>[] {
  return lines.map((line) => {
    const { error: _, ...fields } = JSON.parse(line) as Record<string, unknown>;
    return fields;
  });
}

const OBJECT = 'customer-events/0';
const admitted = (bridge: string, generation: number, next: string | null) => ({
  ...{ level: 'info', message: 'a bridge was admitted', object: OBJECT, bridge, epoch: 0, generation },
  ...{ incarnation: 'log-1', next, skewMs: 0 },
});
const refused = (level: string, bridge: string | null, code: string) => ({ level, message: 'a bridge was refused', object: OBJECT, bridge, code });

describe('what an operator reads in the log', () => {
  it('P5, P6: who is admitted, taken over from and refused, each once', async () => {
    const first = await Bridge.connect();
    await first.data(requested('c1', 't1', at('13:59')), requested('c2', 't1', at('13:59')));
    await Bridge.connect({ bridge: 'b2', generation: 2 });
    await first.closed;
    const stranger = await Bridge.open();
    stranger.send(helloOf({ incarnation: 'log-2', generation: 3, bridge: 'b3' }));
    await stranger.closed;
    const garbled = await Bridge.open();
    garbled.say('{"t":"hello"');
    await garbled.closed;
    expect(said()).toEqual([
      admitted('b1', 1, null),
      refused('info', 'b1', 'SUPERSEDED'),
      admitted('b2', 2, '2'),
      refused('warn', 'b3', 'INCARNATION'),
      refused('warn', null, 'BAD_FRAME'),
    ]);
  });

  it('T6, P6: what the operator did, and to what', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', 't1', at('13:59')), requested('c2', 't1', at('13:59')));
    setClock(at('14:30'));
    expect(await operate('release')).toEqual({ released: 2 });
    await operate('reset');
    await bridge.closed;
    expect(said().slice(1)).toEqual([
      { level: 'warn', message: 'held windows were released by the operator', object: OBJECT, released: 2 },
      { level: 'warn', message: 'the source was reset by the operator', object: OBJECT, next: '2', incarnation: 'log-1' },
      refused('info', 'b1', 'SUPERSEDED'),
    ]);
  });

  it('R4: no line a record, and nothing of its value', async () => {
    const bridge = await Bridge.connect();
    await bridge.data(requested('c1', '', at('13:59')), requested('c2', 'secret', at('13:59')));
    expect((await statusOf()).deadLetters).toBe(1);
    expect(said()).toEqual([admitted('b1', 1, null)]);
  });
});
