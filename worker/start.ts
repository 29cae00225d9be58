/** `npm start`: the Worker in workerd on this machine, its page, and a bridge that feeds it. What happens is told on stderr; outcomes go to stdout. */
import { EXIT, exitOf } from '../src/bridge/exit.ts';
import { messageOf } from '../src/core/errors.ts';
import { type DataFolder, takeDataFolder } from './start-data.ts';
import { askPartitions } from './start-kafka.ts';
import { buildPage } from './start-page.ts';
import { requireFreePort } from './start-port.ts';
import { type Plan, planOf } from './start-settings.ts';
import { type Supervised, superviseBridge, superviseWorker } from './start-supervise.ts';
import { readVariables } from './start-variables.ts';
import { WRANGLER_CONFIG } from './start-worker.ts';

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

/** The plan with the number of partitions that Kafka has, where it says none. */
async function withPartitions(plan: Plan): Promise<Plan> {
  if (plan.kafka === undefined) return plan;
  const count = await askPartitions(plan.kafka);
  const { topics, connection } = plan.kafka;
  say(
    `${topics.join(' and ')} at ${connection.brokers.join(', ')}: ${count} ${count === 1 ? 'partition' : 'partitions'}${topics.length > 1 ? ' each' : ''}.`,
  );
  return { ...plan, variables: { ...plan.variables, ORIEL_PARTITIONS: String(count) } };
}

async function run(plan: Plan, data: DataFolder): Promise<number> {
  const stopped = signalled();
  let stopping = false;
  await buildPage();
  const worker = await superviseWorker({ port: plan.port, data: data.path, vars: varsOf(plan) }, say);
  introduce(plan, data.path);
  const settings = { ...plan.variables, ORIEL_DATA: data.path, ORIEL_PORT: String(worker.port) };
  const bridge = plan.source === 'none' ? undefined : superviseBridge({ settings }, plan.replay, say);
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

/** What the Worker is told: all but how Kafka is reached, which holds a password. */
function varsOf({ variables }: Plan): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('ORIEL_KAFKA_')));
}

function introduce({ topology, made, port, source, replay }: Plan, data: string): void {
  say(`Oriel runs on http://localhost:${port} ${replay ? 'for as long as the replay takes' : '(Ctrl-C ends it)'}.`);
  say(`  Topology ${topology.name}: ${topology.windows.title}; source ${source}; state in ${data}.`);
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
