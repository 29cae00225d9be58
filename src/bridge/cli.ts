import type { Readable, Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { messageOf, OrielError } from '../core/errors.ts';
import { startBridge } from './bridge.ts';
import { EXIT } from './exit.ts';
import { KAFKA_SHORTHANDS, SETTING_ROWS, SHORTHANDS, variablesOf } from './flags.ts';
import { bridgeHelp } from './help.ts';
import { progressLine, totalsLine } from './progress.ts';
import { type BridgeConfiguration, bridgeConfiguration } from './settings.ts';
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
  for (const { flag, takes, meaning } of [...SETTING_ROWS, ...SHORTHANDS, ...KAFKA_SHORTHANDS])
    if (flag !== undefined) bridge.option(`--${flag} <${takes}>`, meaning);
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
  const log = (line: string) => io.stderr.write(`oriel: ${line}\n`);
  for (const line of openingLines(configuration)) log(line);
  const bridge = startBridge(configuration, { log, stdin: io.stdin, stdout: io.stdout });
  const over = new AbortController();
  const interrupted = new Promise<number>((resolve) => {
    let signals = 0;
    io.onSignal(() => {
      if (++signals > 1) return resolve(INTERRUPTED);
      log('Stopping: waiting up to 10 s for what is out.');
      void bridge.stop();
    });
  });
  if (io.stderr.isTTY === true) void showProgress(() => progressLine(bridge.stats()), log, over.signal);
  const exit = await Promise.race([bridge.done, interrupted]);
  over.abort();
  log(`${exit === EXIT.ok ? 'Done' : 'Ended'}: ${totalsLine(bridge.stats())}.`);
  return exit;
}

/** What is worth knowing before the first record goes. */
function openingLines({ base, topic, partitions, source, sink, mode, speed }: BridgeConfiguration): string[] {
  const from = source.kind === 'demo' ? 'the demo' : source.file === '-' ? 'stdin' : source.file;
  const to = sink.kind === 'ndjson' ? sink.file : sink.kind;
  const lines = [
    `Feeding ${topic} (${partitions === 1 ? '1 partition' : `${partitions} partitions`}) at ${base} from ${from}, ${mode}; outcomes to ${to}.`,
  ];
  const { protocol, hostname } = new URL(base);
  if (protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
    lines.push(`The token and all records go to ${hostname} unencrypted: use https where you can.`);
  if (source.kind === 'ndjson' && mode === 'live' && speed !== 1)
    lines.push('A followed log is read as it comes: the speed is for the demo and for replays.');
  return lines;
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
