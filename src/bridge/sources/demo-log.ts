import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const TAIL_BYTES = 65_536;
const NEWLINE = 10;
const STEP_HEADER = 'demo-step';

/** One event of the demo, as its line has it. */
export interface DemoLine {
  readonly step: number;
  readonly timestamp: number;
  readonly key: string;
  readonly value: unknown;
}

/**
 * The demo's log at rest: an NDJSON file that is only appended to. Written synchronously, so a timestamp is on record before the clock is read for
 * anything else; a kill between two writes loses nothing, one within a write leaves a torn line that the next start mends.
 */
export class DemoLog {
  readonly #file: number;
  /** The step after the last one on record; 0 in a new log. */
  readonly nextStep: number;

  /** Opens or makes the file, with its folder. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a+');
    this.nextStep = this.#mend();
  }

  append(lines: readonly DemoLine[]): void {
    const text = lines.map(({ step, timestamp, key, value }) => JSON.stringify({ key, timestamp, headers: { [STEP_HEADER]: String(step) }, value }));
    writeSync(this.#file, `${text.join('\n')}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Cuts off a torn last line, or ends it where only its newline is missing; gives the next step. */
  #mend(): number {
    const { size } = fstatSync(this.#file);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(this.#file, tail, 0, tail.length, size - tail.length);
    const whole = tail.lastIndexOf(NEWLINE) + 1;
    const lines = tail.toString('utf8', 0, whole).split('\n');
    const torn = tail.toString('utf8', whole);
    if (torn !== '' && stepOf(torn) !== undefined) {
      writeSync(this.#file, '\n');
      lines.push(torn);
    } else if (torn !== '') ftruncateSync(this.#file, size - tail.length + whole);
    const steps = lines.map(stepOf).filter((step) => step !== undefined);
    return steps.length === 0 ? 0 : Math.max(...steps) + 1;
  }
}

function stepOf(line: string): number | undefined {
  try {
    const step = Number(JSON.parse(line).headers[STEP_HEADER]);
    return Number.isSafeInteger(step) ? step : undefined;
  } catch {
    return undefined;
  }
}
