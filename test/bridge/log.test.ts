import { expect, it } from 'vitest';
import { levelOf, logLine } from '../../src/bridge/log.ts';

const ENTRY = { level: 'warn', message: 'A "quoted" word\nand a line', code: 'UNAVAILABLE', topic: 'orders', partition: 3, label: '3' } as const;

it('is a line for people, with what tells the partition from others', () => {
  expect(logLine(ENTRY, 'text', 0)).toBe('oriel: [3] A "quoted" word\nand a line');
  expect(logLine({ level: 'info', message: 'Done.', topic: 'orders', partition: 0 }, 'text', 0)).toBe('oriel: Done.');
});

it('is one object a line for machines', () => {
  expect(logLine(ENTRY, 'json', 1_700_000_000_000)).toBe(
    '{"time":"2023-11-14T22:13:20.000Z","level":"warn","message":"A \\"quoted\\" word\\nand a line","code":"UNAVAILABLE","topic":"orders","partition":3}',
  );
  expect(logLine({ level: 'info', message: 'Done.' }, 'json', 0)).toBe('{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"Done."}');
});

it.each([
  ['Cannot read topic x: nobody listens there.', 'warn'],
  ['No connection to http://x (refused). Is the Worker running there? Trying again.', 'warn'],
  ['The source failed and is tried again: x', 'warn'],
  ['Dead letters are not copied to topic x and are tried again: y', 'warn'],
  ['Group oriel is lost. Joining again.', 'warn'],
  ['The source was not closed cleanly: x', 'warn'],
  ['Generation 3 of group oriel: no partition is ours.', 'info'],
  ['Connected: the object wants 5.', 'info'],
])('%s', (line, level) => {
  expect(levelOf(line)).toBe(level);
});
