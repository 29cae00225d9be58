import type { Readable, Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import packageJson from '#package.json' with { type: 'json' };
import { messageOf, OrielError } from '../core/errors.ts';
import { runCheck } from './check/run-check.ts';
import { EXIT } from './exit.ts';
import { SETTING_ROWS, SHORTHANDS, variablesOf } from './flags.ts';
import { bridgeHelp } from './help.ts';
import { logLine } from './log.ts';
import { runBridge } from './run-bridge.ts';
import { bridgeConfiguration } from './settings.ts';
import { systemTime } from './time.ts';

/** The process around the command line. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
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
      exit = await orFaults(flags, io, async () => runBridge(bridgeConfiguration(variablesOf(flags, io.env)), io));
    });
  const check = bridge
    .command('check')
    .description('look at everything that a bridge with these settings will meet, and change nothing')
    .configureHelp({ formatHelp: bridgeHelp })
    .action(async (_flags: unknown, command: Command) => {
      exit = await runCheck(() => variablesOf(command.optsWithGlobals(), io.env), io);
    });
  for (const { flag, takes, meaning } of [...SETTING_ROWS, ...SHORTHANDS])
    for (const command of [bridge, check]) if (flag !== undefined) command.option(`--${flag} <${takes}>`, meaning);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.settings;
    throw error;
  }
  return exit;
}

/** What `run` gives; where settings are at fault, tells of them in the form that was asked for. */
async function orFaults(flags: Readonly<Record<string, string>>, io: CliIo, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof OrielError && error.code === 'OPTION')) throw error;
    const form = (flags.log ?? io.env.ORIEL_LOG) === 'json' ? 'json' : 'text';
    io.stderr.write(`${logLine({ level: 'error', message: messageOf(error), code: error.code }, form, systemTime.now())}\n`);
    return EXIT.settings;
  }
}
