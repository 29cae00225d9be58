import { describe, expect, it } from 'vitest';
import { START } from '../../../web/src/lab/start.ts';
import type { LabState } from '../../../web/src/lab/state.ts';
import { COMMANDS, type Controls, nextSpeed } from '../../../web/src/tab/commands.ts';
import { canBeMadeAgain, readJournal, writeJournal } from '../../../web/src/tab/journal.ts';
import { pressKey } from '../../../web/src/tab/keyboard.ts';
import { aLab, T0 } from '../plane/records.ts';

/** What was done, by name, with what was given. */
function pressed(keys: string, state: Partial<LabState> = {}): readonly unknown[] {
  const done: unknown[] = [];
  const controls = new Proxy({} as Controls, {
    get:
      (_, name) =>
      (...given: unknown[]) =>
        done.push([name, ...given]),
  });
  for (const key of keys) done.push(pressKey(key, aLab(state), controls, { toggleRival: () => done.push('rival') }));
  return done.filter((one) => one !== true);
}

describe('the controls', () => {
  it('have a key each', () => {
    const keys = COMMANDS.map(({ key }) => key);
    expect(new Set([...keys, '[', ']', 'k', 'm']).size).toBe(keys.length + 4);
  });

  it('do by key what they do by button, and the opposite of what is', () => {
    expect(pressed('pibxhs', { running: true })).toEqual([
      ['pause'],
      ['goIdle', true],
      ['holdSource', true],
      ['kill'],
      ['sleep', 3_600_000],
      ['sleep', 28_800_000],
    ]);
    expect(pressed('pibx', { running: false, idle: true, behind: true, engine: 'killed' })).toEqual([
      ['run'],
      ['goIdle', false],
      ['holdSource', false],
      ['restore'],
    ]);
    expect(pressed('n', { nextDeadline: T0 })).toEqual([['stepToDeadline']]);
    expect(pressed('odcel?k')).toEqual([['restart'], ['newSeed'], ['copyLink'], ['exportLog'], ['chooseLog'], ['help'], 'rival']);
  });

  it('do nothing where there is nothing to do', () => {
    expect(pressed('n', { nextDeadline: null })).toEqual([false]);
    expect(pressed('sh', { engine: 'killed' })).toEqual([false, false]);
    expect(pressed('d', { settings: { ...aLab().settings, story: 'idle' } })).toEqual([false]);
    expect(pressed('zq1')).toEqual([false, false, false]);
  });

  it('go faster and slower in steps', () => {
    expect([1, 10, 45, 60, 1_000].map((speed) => nextSpeed(speed, 1))).toEqual([10, 60, 60, 300, 1_000]);
    expect([1, 10, 45, 60, 1_000].map((speed) => nextSpeed(speed, -1))).toEqual([1, 1, 10, 10, 300]);
    expect(pressed('[]', { speed: 60 })).toEqual([
      ['setSpeed', 10],
      ['setSpeed', 300],
    ]);
  });
});

describe('the journal of a run', () => {
  const kept = new Map<string, string>();
  const storage = (): Storage =>
    ({ getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, text: string) => kept.set(key, text) }) as unknown as Storage;
  const refused = (): Storage => {
    throw new DOMException('refused', 'SecurityError');
  };
  const journal = { settings: aLab().settings, actions: [{ do: 'kill' as const, at: T0 }], now: T0 + 5, running: false, speed: 300 };

  it('is read as it was written', () => {
    expect(readJournal(storage)).toBeNull();
    writeJournal(journal, storage);
    expect(readJournal(storage)).toEqual(journal);
  });

  it('is of a run that can be made again while not too many customers have come', () => {
    const after = (hours: number, customers: number) =>
      canBeMadeAgain({ settings: { ...journal.settings, customers }, now: START + hours * 3_600_000 });
    expect([after(0, 10_000), after(2.5, 10_000), after(2.6, 10_000), after(2_500, 10), after(2_501, 10)]).toEqual([true, true, false, true, false]);
  });

  it('is none where it cannot be read, or is of another release', () => {
    for (const text of ['{', '{"actions":[]}', JSON.stringify({ ...journal, actions: [{ do: 'fly', at: 1 }] })]) {
      kept.set('oriel.lab', text);
      expect(readJournal(storage)).toBeNull();
    }
    expect(readJournal(refused)).toBeNull();
    expect(() => writeJournal(journal, refused)).not.toThrow();
  });
});
