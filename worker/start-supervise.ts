import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../src/bridge/backoff.ts';
import { EXIT } from '../src/bridge/exit.ts';
import { messageOf } from '../src/core/errors.ts';
import { type BridgeOptions, type BridgeProcess, startBridgeProcess } from './start-bridge.ts';
import { type LocalWorker, startWorker, type WorkerOptions } from './start-worker.ts';

/** A process that ran this long was healthy: the waits before the next start are short again. */
const HEALTHY_MS = 60_000;
/** Starts in a row that may fail, or last less than that, before it is given up. */
const MOST_STARTS = 8;

/** Something that is started again when it ends by itself. */
export interface Supervised {
  /** Settles when it is over for good: with the exit code that tells why. Never rejects. */
  readonly over: Promise<number>;
  stop(): Promise<void>;
}

interface Attempt {
  /** Its exit code; `null` for a crash. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

/**
 * Keeps one thing running: starts it again with back-off when it crashes, until it ends with a code that is final, is stopped, or has failed too often.
 * `say` takes a sentence for people at each turn.
 */
function keepRunning(
  name: string,
  first: Attempt,
  again: () => Promise<Attempt>,
  isFinal: (code: number | null) => boolean,
  say: (text: string) => void,
): Supervised {
  const backoff = new Backoff(Math.random);
  const stopped = new AbortController();
  let current = first;

  const run = async (): Promise<number> => {
    let starts = 0;
    for (;;) {
      const since = performance.now();
      const code = await current.ended;
      if (stopped.signal.aborted || isFinal(code)) return code ?? EXIT.ok;
      if (performance.now() - since > HEALTHY_MS) {
        backoff.reset();
        starts = 0;
      }
      for (let isUp = false; !isUp; ) {
        starts += 1;
        if (starts > MOST_STARTS) {
          say(`${name} ended ${MOST_STARTS} times in a row and is given up.`);
          return code ?? EXIT.fault;
        }
        const waitMs = backoff.next();
        say(`${name} ended${code === null ? '' : ` with code ${code}`}; it is started again in ${(waitMs / 1_000).toFixed(1)} s.`);
        await sleep(waitMs, undefined, { signal: stopped.signal }).catch(() => undefined);
        if (stopped.signal.aborted) return EXIT.ok;
        try {
          current = await again();
          isUp = true;
        } catch (error) {
          say(messageOf(error));
        }
        if (stopped.signal.aborted) await current.stop();
      }
    }
  };

  const over = run();
  return {
    over,
    async stop() {
      stopped.abort();
      await current.stop();
      await over;
    },
  };
}

/** @throws OrielError `UNAVAILABLE` where the first start fails. */
export async function superviseWorker(options: WorkerOptions, say: (text: string) => void): Promise<Supervised & Pick<LocalWorker, 'url' | 'port'>> {
  const first = await startWorker(options);
  const attempt = (worker: LocalWorker): Attempt => ({ ended: worker.ended.then(() => null), stop: () => worker.stop() });
  const again = async () => attempt(await startWorker({ ...options, port: first.port }));
  return { ...keepRunning('The Worker', attempt(first), again, () => false, say), url: first.url, port: first.port };
}

/** A replay that ends is done, whatever came of it; of a live bridge only the codes that a new start cannot mend are final. */
export function superviseBridge(options: BridgeOptions, replay: boolean, say: (text: string) => void): Supervised {
  const attempt = (bridge: BridgeProcess): Attempt => bridge;
  const isFinal = (code: number | null) => code !== null && (replay || code !== EXIT.fault);
  return keepRunning('The bridge', attempt(startBridgeProcess(options)), async () => attempt(startBridgeProcess(options)), isFinal, say);
}
