import { amount } from './figures.ts';
import { objectRows } from './object-memory.ts';
import { Rival } from './rival.ts';
import type { Row } from './table.ts';

const WINDOWS = 100_000;

/** Bytes an open window: of heap in the engine, each of a key of its own (the records that opened them are not counted, what is kept of them is), and of a workerd with objects. */
export async function run(): Promise<readonly Row[]> {
  const [engine, byHand] = [await bytesOf('oriel'), await bytesOf('ceiling')];
  const figure = `heap bytes an open window, ${WINDOWS.toLocaleString('en')} keys with one each`;
  const row: Row = { group: 'memory', figure, value: amount(engine), beside: `by hand: ${amount(byHand)}`, ratio: (engine / byHand).toFixed(2) };
  return [row, ...(await objectRows())];
}

async function bytesOf(name: string): Promise<number> {
  process.stderr.write(`  ${name}\n`);
  const rival = await Rival.start({ script: 'one.ts', args: [name, 'lines', WINDOWS, 1] });
  try {
    return (await rival.heapOf(WINDOWS)) / WINDOWS;
  } finally {
    await rival.stop();
  }
}
