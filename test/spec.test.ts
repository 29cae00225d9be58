import { describe, expect, it } from 'vitest';
import { idsIn, report, reportHere } from './support/rules.ts';
import { parseSource } from './support/source.ts';

const SPEC = '- **T1** a\n- **T2** b\n- **B1** c\n- **B2** d\n- **W7** e\n';

function reportOf(code: string) {
  return report(SPEC, [{ path: 'x.test.ts', calls: parseSource('x.test.ts', code).calls }]);
}

describe('the rules that tests name', () => {
  it('reads single ids, lists, ranges and cases', () => {
    expect(idsIn('T1, W3a and B2-B4: text of 4 words, P10')).toEqual(['T1', 'W3', 'B2', 'B3', 'B4', 'P10']);
  });

  it('finds titles of it, test, describe and each, in any quotes', () => {
    const code = 'describe(`T1: x`, () => { it.each([[1]])(\'B1-B2: %s\', () => {}); test("T2: y", () => {}); });';
    expect(reportOf(code)).toEqual({ rules: 5, missing: ['W7'], wrong: [] });
  });

  it('counts no test that does not run, and no title outside a test', () => {
    expect(reportOf("it.skip('T1: x', f); it.todo('T2: y'); describe.skip('B1: z', f); say('B2: w');").missing).toEqual([
      'T1',
      'T2',
      'B1',
      'B2',
      'W7',
    ]);
  });

  it('refuses an id that is no rule', () => {
    expect(reportOf("it('T9: x', f); it('W7: y', f);").wrong).toEqual(['T9 (x.test.ts): no such rule']);
  });
});

it('names every rule of SPEC.md in a test', () => {
  const { missing, wrong } = reportHere();
  expect({ missing, wrong }).toEqual({ missing: [], wrong: [] });
});
