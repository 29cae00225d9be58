import type { Writable } from 'node:stream';
import { messageOf, OrielError } from '../../core/errors.ts';
import { type Outcome, type Sink, STORED } from '../source.ts';
import { linesOf } from './lines.ts';

/**
 * One line an outcome on a stream. Stored means: handed to the system, which holds for a file and for a pipe that is read; a reader that goes away
 * ends the bridge, because what follows would be lost.
 */
export function stdoutSink(stream: Writable): Sink {
  let broken: unknown;
  const onError = (error: unknown) => {
    broken = error;
  };
  stream.on('error', onError);
  return {
    async deliver(outcomes: readonly Outcome[]) {
      if (broken !== undefined) throw closed(broken);
      await new Promise<void>((resolve, reject) => {
        stream.write(linesOf(outcomes), (error) => (error ? reject(closed(error)) : resolve()));
      });
      return outcomes.map(() => STORED);
    },
    async close() {
      // The listener stays: an error after the last line is nobody's loss, and must not end the process.
    },
  };
}

function closed(cause: unknown): OrielError {
  return new OrielError('UNAVAILABLE', `stdout cannot be written (${messageOf(cause)}). Outcomes not acknowledged come again at the next start.`, {
    cause,
  });
}
