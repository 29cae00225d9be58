import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../src/bridge/exit.ts';

const MAIN = fileURLToPath(new URL('../src/bridge/main.ts', import.meta.url));
const TETHER = new URL('start-tether.ts', import.meta.url).href;
const STOP_TIMEOUT_MS = 20_000;

export interface BridgeOptions {
  /** The bridge's settings; they travel in its environment, secrets too, and not on its command line. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where its outcomes and its own words go. Default: this process' stdout and stderr. */
  readonly stdout?: 'inherit' | 'pipe';
  readonly stderr?: 'inherit' | 'pipe';
}

/** A bridge in a process of its own that ends when this one does. */
export interface BridgeProcess {
  readonly pid: number;
  /** All it has printed so far, where it is piped. */
  readonly said: () => { readonly stdout: string; readonly stderr: string };
  /** Its exit code, or `null` where a signal ended it. Never rejects. */
  readonly ended: Promise<number | null>;
  /** Asks it to end, and insists after 20 s, for the bridge drains for up to 10 s. */
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

export function startBridgeProcess(options: BridgeOptions): BridgeProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', TETHER, MAIN, 'bridge'], {
    detached: true,
    stdio: [options.settings.ORIEL_SOURCE === 'ndjson:-' ? 'inherit' : 'ignore', options.stdout ?? 'inherit', options.stderr ?? 'inherit', 'ipc'],
    env: { ...withoutSettings(process.env), ...options.settings },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, 'exit').then(
    ([code]) => code as number | null,
    () => EXIT.fault,
  );
  return {
    pid: child.pid ?? 0,
    said: () => said,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(insist);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The whole of the settings comes from the caller, so that none of the environment is mixed in unseen. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('ORIEL_')));
}
