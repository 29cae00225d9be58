import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { OrielError } from '../src/core/errors.ts';
import { type WorkerCode, workerCode } from './start-code.ts';

/** What the host process is told. `vars` are the Worker's variables, all of them: none is taken from elsewhere. */
export interface HostOrder {
  readonly code: WorkerCode;
  /** Of 127.0.0.1; 0 for a free one. */
  readonly port: number;
  /** Folder of the Durable Objects' storage. */
  readonly data: string;
  readonly vars: Readonly<Record<string, string>>;
}

/** What it answers once workerd listens. */
export interface HostReady {
  readonly port: number;
  /** Process id of workerd. */
  readonly workerd: number;
}

export interface WorkerOptions extends Partial<Pick<HostOrder, 'port'>> {
  /** Path of a `wrangler.toml`. Default: this one's. */
  readonly config?: string;
  readonly data: string;
  readonly vars: Readonly<Record<string, string>>;
  /** Folder for the runtime's scratch files. Default: the system's. */
  readonly scratch?: string;
  /** Takes what the Worker and its runtime log. Default: this process' stderr. */
  readonly log?: (text: string) => void;
}

/** A Worker that runs in workerd on this machine. */
export interface LocalWorker {
  readonly url: string;
  readonly port: number;
  readonly workerd: number;
  /** Settles when it has ended, for whatever reason; never rejects. */
  readonly ended: Promise<void>;
  /** Ends it in order, within about 3 s. */
  stop(): Promise<void>;
  /** `kill -9` of workerd, as a crash of the machine would end it; what was durable stays in `data`. */
  crash(): Promise<void>;
}

export const WRANGLER_CONFIG = fileURLToPath(new URL('../wrangler.toml', import.meta.url));
const HOST = fileURLToPath(new URL('start-host.ts', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3_000;
const KEPT_LOG = 4_000;

/**
 * Starts the Worker in workerd, in a process of its own that ends when this one does, and waits until `/healthz` answers.
 * @throws OrielError `UNAVAILABLE` with what the runtime said, where it does not start.
 */
export async function startWorker(options: WorkerOptions): Promise<LocalWorker> {
  let said = '';
  const code = await workerCode(options.config ?? WRANGLER_CONFIG);
  const host = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', HOST], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', ...(options.scratch === undefined ? {} : { TMPDIR: options.scratch }) },
  });
  host.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_LOG);
    if (options.log === undefined) process.stderr.write(text);
    else options.log(text);
  });
  const ended = once(host, 'exit').then(() => undefined);
  const order: HostOrder = { code, port: options.port ?? 0, data: options.data, vars: options.vars };
  host.send(order);
  const ready = await Promise.race([once(host, 'message').then(([message]) => message as HostReady), ended, timeout(START_TIMEOUT_MS)]);
  if (ready === undefined) {
    await end(host, undefined, ended);
    throw new OrielError('UNAVAILABLE', `The Worker did not start. Its runtime said:\n${said.trim() || 'nothing'}`, { retryable: true });
  }
  void ended.then(() => killSilently(ready.workerd));
  const url = `http://127.0.0.1:${ready.port}`;
  if (!(await isHealthy(url, ended))) {
    await end(host, ready.workerd, ended);
    throw new OrielError('UNAVAILABLE', `The Worker runs but ${url}/healthz does not answer. It said:\n${said.trim() || 'nothing'}`, {
      retryable: true,
    });
  }
  return {
    url,
    port: ready.port,
    workerd: ready.workerd,
    ended,
    stop: () => end(host, ready.workerd, ended),
    crash: () => {
      killSilently(ready.workerd);
      return ended;
    },
  };
}

async function end(host: ChildProcess, workerd: number | undefined, ended: Promise<void>): Promise<void> {
  host.kill('SIGTERM');
  const inTime = await Promise.race([ended.then(() => true), timeout(STOP_TIMEOUT_MS)]);
  if (inTime) return;
  host.kill('SIGKILL');
  if (workerd !== undefined) killSilently(workerd);
  await ended;
}

async function isHealthy(url: string, ended: Promise<void>): Promise<boolean> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (let tries = 0; tries < 100 && !over; tries += 1) {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return true;
    await timeout(100);
  }
  return false;
}

function timeout(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
}

function killSilently(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
