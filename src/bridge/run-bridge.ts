import { type BridgeStats, startBridge } from './bridge.ts';
import type { CliIo } from './cli.ts';
import { EXIT } from './exit.ts';
import { type LogEntry, logLine } from './log.ts';
import { openingLines } from './opening.ts';
import { progressLine, Rate, totalsLine } from './progress.ts';
import type { BridgeConfiguration } from './settings.ts';
import { Terminal } from './terminal.ts';
import { systemTime } from './time.ts';

const LINE_EVERY_MS = 5_000;
const STATUS_EVERY_MS = 1_000;
/** What a shell shows for a process ended by SIGINT. */
const INTERRUPTED = 130;

/** Runs a bridge in the foreground until it is over or stopped by a signal, and tells how it goes. @returns the exit code; 130 where a second signal did not wait */
export async function runBridge(configuration: BridgeConfiguration, io: CliIo): Promise<number> {
  const terminal = new Terminal(io.stderr);
  const log = (entry: LogEntry) => terminal.line(logLine(entry, configuration.log, systemTime.now()));
  const say = (message: string) => log({ level: 'info', message });
  for (const line of openingLines(configuration)) say(line);
  const bridge = startBridge(configuration, { log, stdin: io.stdin, stdout: io.stdout });
  const over = new AbortController();
  const interrupted = new Promise<number>((resolve) => {
    let signals = 0;
    io.onSignal(() => {
      if (++signals > 1) return resolve(INTERRUPTED);
      say('Stopping: waiting up to 10 s for what is out.');
      void bridge.stop();
    });
  });
  // Lines that outcomes take on the same terminal would run into a line that is rewritten.
  const shared = configuration.sink.kind === 'stdout' && io.stdout.isTTY === true;
  if (io.stderr.isTTY === true && configuration.log === 'text')
    void (shared
      ? showProgress(() => bridge.stats(), say, LINE_EVERY_MS, over.signal)
      : showProgress(
          () => bridge.stats(),
          (line) => terminal.show(`oriel: ${line}`),
          STATUS_EVERY_MS,
          over.signal,
        ));
  const exit = await Promise.race([bridge.done, interrupted]);
  over.abort();
  terminal.show('');
  say(`${exit === EXIT.ok ? 'Done' : 'Ended'}: ${totalsLine(bridge.stats())}.`);
  return exit;
}

/** Tells how it goes every few seconds in which something changed. */
async function showProgress(read: () => BridgeStats, tell: (line: string) => void, everyMs: number, signal: AbortSignal): Promise<void> {
  const rate = new Rate();
  for (let last = ''; !signal.aborted; ) {
    await systemTime.sleep(everyMs, signal);
    if (signal.aborted) return;
    const stats = read();
    const line = progressLine(stats, rate.of(stats, systemTime.now()));
    if (line !== last) tell(line);
    last = line;
  }
}
