import type { Readable, Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { messageOf, OrielError } from '../core/errors.ts';
import { startBridge } from './bridge.ts';
import { EXIT } from './exit.ts';
import { SETTING_ROWS, SHORTHANDS, variablesOf } from './flags.ts';
import { bridgeHelp } from './help.ts';
import { type LogEntry, logLine } from './log.ts';
import { openingLines } from './opening.ts';
import { progressLine, totalsLine } from './progress.ts';
import { bridgeConfiguration } from './settings.ts';
import { systemTime } from './time.ts';

const PROGRESS_EVERY_MS = 5_000;
/** What a shell shows for a process ended by SIGINT. */
const INTERRUPTED = 130;

/** The process around the command line. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Calls back at each SIGINT or SIGTERM. */
  readonly onSignal: (handler: () => void) => void;
}

/**
 * Runs a command line, without the program's own name, to its end.
 * @returns the exit code (`EXIT`, or 130 where a second signal did not wait for the draining)
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let exit: number = EXIT.ok;
  const program = new Command('oriel')
    .description('Keyed, windowed stream processing at the edge.')
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  const bridge = program
    .command('bridge')
    .description('feed records to a Worker and take its outcomes')
    .configureHelp({ formatHelp: bridgeHelp })
    .action(async (flags: Record<string, string>) => {
      exit = await runBridge(flags, io);
    });
  for (const { flag, takes, meaning } of [...SETTING_ROWS, ...SHORTHANDS]) if (flag !== undefined) bridge.option(`--${flag} <${takes}>`, meaning);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.settings;
    if (!(error instanceof OrielError && error.code === 'OPTION')) throw error;
    io.stderr.write(`oriel: ${messageOf(error)}\n`);
    return EXIT.settings;
  }
  return exit;
}

async function runBridge(flags: Readonly<Record<string, string>>, io: CliIo): Promise<number> {
  const configuration = bridgeConfiguration(variablesOf(flags, io.env));
  const log = (entry: LogEntry) => io.stderr.write(`${logLine(entry, configuration.log, systemTime.now())}\n`);
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
  if (io.stderr.isTTY === true) void showProgress(() => progressLine(bridge.stats()), say, over.signal);
  const exit = await Promise.race([bridge.done, interrupted]);
  over.abort();
  say(`${exit === EXIT.ok ? 'Done' : 'Ended'}: ${totalsLine(bridge.stats())}.`);
  return exit;
}

/** A line every few seconds in which something changed. */
async function showProgress(line: () => string, log: (line: string) => void, signal: AbortSignal): Promise<void> {
  for (let last = ''; !signal.aborted; ) {
    await systemTime.sleep(PROGRESS_EVERY_MS, signal);
    const now = line();
    if (now !== last && !signal.aborted) log(now);
    last = now;
  }
}
