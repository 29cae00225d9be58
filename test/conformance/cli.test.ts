import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newFolder } from '../bridge/files.ts';
import { runConformance } from './cli.ts';

const WINDOWS = join(import.meta.dirname, 'windows.json');
const JOINS = join(import.meta.dirname, 'joins.json');

function run(...argv: string[]): { code: number; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const code = runConformance(
    argv,
    (line) => out.push(line),
    (line) => err.push(line),
  );
  return { code, out, err };
}

function fileOf(content: unknown): string {
  const path = join(newFolder(), 'scenarios.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const MATCHING = {
  id: 'own.tumbling',
  window: { type: 'tumbling', size: 10, grace: 0, colour: 'red' },
  emit: 'update',
  inputs: [['a', 'x', 1], [null, 'x', 2], { wall: 5 }],
  outputs: [[['a', 0, 10, 1, 1]], [], []],
  droppedRecordsTotal: 1,
};

function fileWith(...changes: Record<string, unknown>[]): string {
  return fileOf({ meta: { note: 'ignored' }, scenarios: [MATCHING, ...changes.map((change) => ({ ...MATCHING, id: 'own.other', ...change }))] });
}

describe('npm run conformance', () => {
  it('W7, W10: ends with 0 where every scenario of every file matches, and says how many last', () => {
    expect(run(WINDOWS, JOINS, fileWith())).toEqual({ code: 0, out: ['247 of 247 scenarios match'], err: [] });
  });

  it('ends with 1 on a mismatch, and tells scenario, input, expected and got', () => {
    expect(run(fileWith({ outputs: [[['a', 0, 10, 2, 1]], [], []] }))).toEqual({
      code: 1,
      out: ['own.other: input 0 ["a","x",1]: expected [["a",0,10,2,1]], got [["a",0,10,1,1]]', '1 of 2 scenarios match'],
      err: [],
    });
  });

  it('bounds what it tells of one scenario', () => {
    const inputs = Array.from({ length: 30 }, (_, i) => ['a', 'x'.repeat(5_000), i]);
    const { code, out } = run(fileWith({ agg: 'concat', inputs, outputs: inputs.map(() => []) }));
    expect(code).toBe(1);
    expect(out).toHaveLength(12);
    expect(out.at(-2)).toBe('own.other: and 20 more inputs');
    expect(Math.max(...out.map((line) => line.length))).toBeLessThan(3_300);
  });

  it.each([
    [{ window: { type: 'wobbling' } }, 'unknown window type "wobbling"'],
    [{ agg: 'median' }, 'unknown agg "median"'],
    [{ emit: 'sometimes' }, 'unknown emit "sometimes"'],
    [{ window: undefined, join: { kind: 'cross', diff: 1, grace: 0 }, inputs: [['L', 'a', 'x', 1]], outputs: [[]] }, 'unknown join kind "cross"'],
    [{ window: undefined }, 'neither window nor join'],
    [{ window: { type: 'tumbling', size: 0, grace: 0 } }, 'tumbling'],
    [{ inputs: [['a', 'x']] }, 'is no scenario'],
    [{ outputs: [] }, 'is no scenario'],
  ])('counts %j as a mismatch, not as a skip', (change, reason) => {
    const { code, out } = run(fileWith(change));
    expect(code).toBe(1);
    expect(out).toHaveLength(2);
    expect(out[0]).toContain(reason);
    expect(out[1]).toBe('1 of 2 scenarios match');
  });

  it.each([
    ['no JSON', '{"scenarios":'],
    ['no list of scenarios', { scenarios: 'none' }],
    ['another document', [1, 2]],
  ])('ends with 2 on a file that is %s, and runs nothing', (_, content) => {
    const path = fileOf(content);
    const { code, out, err } = run(fileWith(), path);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toEqual([expect.stringContaining(`conformance: ${path} cannot be read: `)]);
  });

  it('ends with 2 without a file, with one that is not there, and with a flag that there is none of', () => {
    expect(run()).toEqual({ code: 2, out: [], err: ['conformance: no FILE was given; see --help'] });
    expect(run('/nowhere.json').err).toEqual([expect.stringContaining('conformance: /nowhere.json cannot be read: ENOENT')]);
    expect(run('--fast', WINDOWS).code).toBe(2);
  });

  it('explains itself', () => {
    const { code, out } = run('--help');
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/^Usage: npm run conformance -- FILE/);
  });

  it('runs as a process, with that exit code', () => {
    const main = join(import.meta.dirname, 'run.ts');
    const { status, stdout } = spawnSync(process.execPath, [main, fileWith({ agg: 'median' })], { encoding: 'utf8' });
    expect({ status, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({ status: 1, last: '1 of 2 scenarios match' });
  });
});
