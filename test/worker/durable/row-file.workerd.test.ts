import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RowFile } from '../../../src/stores/row-file.ts';
import { requested } from '../../support/events.ts';
import { customer, give, inside, useWorld } from './world.ts';

useWorld();

const NAMES = ['key', 'envelope', 'w0', 'w1', 'q2', 'i__proto__', 'i\u{1f980}"', 'm000000000000001'];

/** Texts from a few characters to more than what is kept together. */
const text = fc
  .oneof(
    fc.string(),
    fc.nat(20_000).map((length) => 'x'.repeat(length)),
  )
  .map((content) => JSON.stringify(content));
const change = fc.dictionary(fc.constantFrom(...NAMES), fc.option(text, { nil: undefined }));

it('D10, D1: rows are the same as in a map, whether they stand in one row or each in its own, and whenever they are read anew', async () => {
  let objects = 0;
  const physical = new Set<string>();
  const property = fc.asyncProperty(fc.array(fc.tuple(change, fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 12 }), async (steps) => {
    await inside(customer(`rows ${objects++}`), ({ storage }) => {
      let file = new RowFile(storage);
      const expected = new Map<string, string>();
      for (const [changes, reopens, fails] of steps) {
        const write = (): void => file.write(new Map(Object.entries(changes)), fails ? () => storage.sql.exec('SELECT no such thing') : undefined);
        if (fails) expect(write).toThrow();
        else {
          write();
          for (const [name, data] of Object.entries(changes)) {
            if (data === undefined) expected.delete(name);
            else expected.set(name, data);
          }
        }
        if (reopens) file = new RowFile(storage);
        expect(new Map(file.range('', '\u{10ffff}'))).toEqual(expected);
        expect(file.range('e', 'n')).toEqual([...expected].filter(([name]) => name >= 'e' && name < 'n').sort(([a], [b]) => (a < b ? -1 : 1)));
        for (const name of NAMES) expect(file.get(name)).toBe(expected.get(name));
        const rows = file.exists ? storage.sql.exec('SELECT row FROM state').toArray().length : 0;
        physical.add(rows > 1 ? 'each in its own' : rows === 1 ? 'in one' : 'none');
      }
    });
  });
  await fc.assert(property, { numRuns: 40 });
  expect([...physical].sort()).toEqual(['each in its own', 'in one', 'none']);
});

it('D10: a customer stands in one row while it is small: each commit puts that row', async () => {
  await give('small', [requested('small', 't1', Date.now()), requested('small', 't2', Date.now())]);
  const rows = await inside(customer('small'), ({ storage }) => storage.sql.exec('SELECT row FROM state').toArray());
  expect(rows).toEqual([{ row: 'all' }]);
});
