/** `npm start`: the Worker in workerd on this machine, its page, and a bridge that feeds it. What happens is told on stderr; outcomes go to stdout. */
import { EXIT, exitOf } from '../src/bridge/exit.ts';
import { messageOf } from '../src/core/errors.ts';
import { type DataFolder, takeDataFolder } from './start-data.ts';
import { askGatewayPartitions, describerOf } from './start-gateway.ts';
import { askPartitions } from './start-kafka.ts';
import { buildPage } from './start-page.ts';
import { requireFreePort } from './start-port.ts';
import { workerVariables } from './start-pull.ts';
import { type Plan, planOf } from './start-settings.ts';
import { type Supervised, superviseBridge, superviseWorker } from './start-supervise.ts';
import { readVariables } from './start-variables.ts';
import { WRANGLER_CONFIG } from './start-worker.ts';

const WAKE_MS = 30_000;

process.exitCode = await start().catch((error: unknown) => {
  say(messageOf(error));
  return exitOf(error);
});

/** @returns the exit code. @throws OrielError where it cannot start. */
async function start(): Promise<number> {
  const asked = planOf(process.argv.slice(2), readVariables(WRANGLER_CONFIG, process.env));
  if ('help' in asked) {
    process.stdout.write(asked.help);
    return EXIT.ok;
  }
  const plan = await withPartitions(asked);
  await requireFreePort(plan.port);
  const data = takeDataFolder(plan.data);
  try {
    return await run(plan, data);
  } finally {
    data.release();
  }
}

/** The plan with the number of partitions that Kafka or a gateway has, where it says none. */
async function withPartitions(plan: Plan): Promise<Plan> {
  const { kafka, gateway } = plan;
  if (kafka !== undefined) return withCount(plan, kafka.topics, kafka.connection.brokers.join(', '), await askPartitions(kafka));
  if (gateway !== undefined)
    return withCount(plan, gateway.topics, gateway.connection.base, await askGatewayPartitions(gateway, await describerOf(gateway)));
  return plan;
}

function withCount(plan: Plan, topics: readonly string[], place: string, count: number): Plan {
  say(`${topics.join(' and ')} at ${place}: ${count} ${count === 1 ? 'partition' : 'partitions'}${topics.length > 1 ? ' each' : ''}.`);
  return { ...plan, variables: { ...plan.variables, ORIEL_PARTITIONS: String(count) } };
}

async function run(plan: Plan, data: DataFolder): Promise<number> {
  const stopped = signalled();
  let stopping = false;
  await buildPage();
  const worker = await superviseWorker({ port: plan.port, data: data.path, vars: workerVariables(plan.variables, plan.pull) }, say);
  introduce(plan, data.path);
  const settings = { ...plan.variables, ORIEL_DATA: data.path, ORIEL_PORT: String(worker.port) };
  if (plan.pull) await wake(worker.url, plan);
  const bridge = plan.source === 'none' || plan.pull ? undefined : superviseBridge({ settings }, plan.replay, say);
  const code = await Promise.race([stopped, worker.over, ...(bridge === undefined ? [] : [bridgeOver(bridge, plan.replay, () => stopping)])]);
  stopping = true;
  await bridge?.stop();
  await worker.stop();
  return code;
}

/** A replay that is over is the end of all. A live bridge that is over leaves the Worker up: it is where the operator looks, and mends. */
async function bridgeOver(bridge: Supervised, replay: boolean, isStopping: () => boolean): Promise<number> {
  const code = await bridge.over;
  if (replay || isStopping()) return code;
  if (code === EXIT.refused)
    say(
      'The bridge is refused and not started again. The page stays; when you have mended it, start again. A new log is accepted after POST /v1/sources/TOPIC/PARTITION/reset.',
    );
  else say(`The bridge is over, with code ${code}. The page stays; Ctrl-C ends it.`);
  return new Promise(() => undefined);
}

/** A partition begins to pull when it is first looked at, and then goes on by itself. */
async function wake(url: string, { variables }: Plan): Promise<void> {
  const [token] = (variables.ORIEL_INGEST_TOKEN ?? '').split(',');
  const headers = { Authorization: `Bearer ${token?.trim()}` };
  const answer = await fetch(`${url}/v1/sources?limit=1000`, { headers, signal: AbortSignal.timeout(WAKE_MS) }).catch(messageOf);
  if (typeof answer !== 'string') await answer.body?.cancel();
  if (typeof answer === 'string' || !answer.ok)
    say(
      `The Worker could not be asked to begin (${typeof answer === 'string' ? answer : answer.status}): GET ${url}/v1/sources, or open the page, and it does.`,
    );
}

function introduce({ topology, made, port, source, replay, pull, variables }: Plan, data: string): void {
  say(`Oriel runs on http://localhost:${port} ${replay ? 'for as long as the replay takes' : '(Ctrl-C ends it)'}.`);
  say(`  What this Worker does, live: http://localhost:${port}/?in=objects; the first address plays the same in your tab.`);
  say(`  Topology ${topology.name}: ${topology.windows.title}; source ${source}; state in ${data}.`);
  if (pull)
    say(
      `  No bridge: the Worker reads the gateway by itself; outcomes ${variables.ORIEL_SINK === 'none' ? 'stay in the Worker' : `to ${variables.ORIEL_SINK}`}.`,
    );
  for (const [name, token] of Object.entries(made)) say(`  ${name} of this run: ${token}`);
}

/** Settles with the exit code at the first SIGINT, SIGTERM or SIGHUP; a second one waits for nothing. */
function signalled(): Promise<number> {
  return new Promise((resolve) => {
    let signals = 0;
    const stop = (): void => {
      signals += 1;
      if (signals > 1) process.exit(EXIT.fault);
      say('Ending; once more to end at once.');
      resolve(EXIT.ok);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
