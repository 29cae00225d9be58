import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OrielError } from '../src/core/errors.ts';
import { askGatewayPartitions } from '../worker/start-gateway.ts';
import { askPartitions, type KafkaTopics } from '../worker/start-kafka.ts';
import { workerVariables } from '../worker/start-pull.ts';
import { type Plan, planOf } from '../worker/start-settings.ts';
import { readVariables } from '../worker/start-variables.ts';

function plan(flags: readonly string[], environment: Record<string, string> = {}): Plan {
  const made = planOf(flags, environment);
  if ('help' in made) throw new Error('help was given');
  return made;
}

function faultsOf(flags: readonly string[], environment: Record<string, string> = {}): string {
  try {
    planOf(flags, environment);
  } catch (error) {
    if (error instanceof OrielError && error.code === 'OPTION') return error.message;
    throw error;
  }
  return 'none';
}

describe('npm start', () => {
  it('runs the demo with short windows, on port 8787, with state that stays', () => {
    expect(plan([])).toMatchObject({ port: 8787, data: '.oriel', source: 'demo', replay: false });
    expect(plan([]).variables).toMatchObject({ ORIEL_WINDOW: '15s', ORIEL_GRACE: '1s' });
  });

  it('lets a given window win over that of the demo', () => {
    expect(plan(['--window', '1m'], { ORIEL_GRACE: '5s' }).variables).toMatchObject({ ORIEL_WINDOW: '1m', ORIEL_GRACE: '5s' });
  });

  it('leaves windows of another source to their own defaults', () => {
    expect(plan(['--source', 'ndjson:events.ndjson']).variables.ORIEL_WINDOW).toBeUndefined();
  });

  it('replays into a fresh folder in stream time, unless a folder is given', () => {
    expect(plan(['--replay', 'e.ndjson'])).toMatchObject({
      data: undefined,
      replay: true,
      variables: { ORIEL_TIME: 'stream', ORIEL_SOURCE: 'ndjson:e.ndjson' },
    });
    expect(plan(['--replay', 'e.ndjson', '--data', 'kept'])).toMatchObject({ data: 'kept', replay: true });
  });

  it('lets a flag win over a variable', () => {
    expect(plan(['--port', '9001'], { ORIEL_PORT: '9000' }).port).toBe(9001);
    expect(plan([], { ORIEL_PORT: '9000' }).port).toBe(9000);
  });

  it('P8: makes the tokens that are not given, anew each time, and lets the page act', () => {
    const [one, other] = [plan([]), plan([])];
    expect(Object.keys(one.made)).toEqual(['ORIEL_INGEST_TOKEN', 'ORIEL_VIEW_TOKEN']);
    expect(one.variables.ORIEL_INGEST_TOKEN).toMatch(/^[\w-]{24}$/);
    expect(one.variables.ORIEL_INGEST_TOKEN).not.toBe(other.variables.ORIEL_INGEST_TOKEN);
    expect(one.variables.ORIEL_PUBLIC_VIEW).toBe('on');
    const given = plan([], { ORIEL_INGEST_TOKEN: 'given-by-me', ORIEL_PUBLIC_VIEW: 'off' });
    expect(given.variables).toMatchObject({ ORIEL_INGEST_TOKEN: 'given-by-me', ORIEL_PUBLIC_VIEW: 'off' });
    expect(Object.keys(given.made)).toEqual(['ORIEL_VIEW_TOKEN']);
  });

  it('T4: runs without a bridge in clock time, and not with one', () => {
    expect(plan(['--source', 'none', '--time', 'clock'])).toMatchObject({ source: 'none', variables: { ORIEL_TIME: 'clock' } });
    expect(faultsOf(['--time', 'clock'])).toContain('ORIEL_TIME');
  });

  it('§8: serves the topology that is named, with its demo, in a folder of its own; unknown ones are told with those there are', () => {
    expect(plan([])).toMatchObject({ topology: { name: 'reservation' }, data: '.oriel' });
    expect(plan(['--topology', 'retry'])).toMatchObject({
      topology: { name: 'retry' },
      data: '.oriel/retry',
      variables: { ORIEL_TOPOLOGY: 'retry', ORIEL_WINDOW: '4s', ORIEL_RETRY_ATTEMPTS: '4' },
    });
    expect(plan(['--topology', 'retry', '--data', 'mine', '--replay', 'e.ndjson']).data).toBe('mine');
    const faults = faultsOf(['--topology', 'constructor', '--window', 'long']);
    expect(faults).toMatch(/ORIEL_TOPOLOGY: "constructor" is no topology that this Worker has; the names are reservation, retry, sessions/);
    expect(faults).toContain('ORIEL_WINDOW');
    expect(faultsOf(['--topology', 'retry', '--window', '1h'], { ORIEL_RETRY_CAP: '1m' })).toMatch(/retry: cap.*the rule is/);
  });

  it('§8: takes the topics of Kafka for the Worker, and their partitions from the cluster where no number is given', async () => {
    const flags = ['--kafka', 'a:1,b', '--topic', 'orders,refunds', '--outcomes', 'done'];
    const given = { ORIEL_KAFKA_SASL: 'plain', ORIEL_KAFKA_USERNAME: 'me', ORIEL_KAFKA_PASSWORD: 'word' };
    const made = plan(flags, given);
    expect(made).toMatchObject({
      source: 'kafka://a:1,b/orders,refunds',
      replay: false,
      variables: { ORIEL_TOPIC: 'orders,refunds', ORIEL_SINK: 'kafka://a:1,b/done' },
      kafka: {
        connection: { brokers: ['a:1', 'b:9092'], sasl: { mechanism: 'PLAIN', username: 'me', password: 'word' } },
        topics: ['orders', 'refunds'],
      },
    });
    expect(plan(['--source', 'kafka://a/x']).variables.ORIEL_TOPIC).toBe('x');
    expect(plan(['--source', 'kafka://a/x'], { ORIEL_PARTITIONS: '3' }).kafka).toBeUndefined();
    expect(plan([]).kafka).toBeUndefined();
    expect(faultsOf([...flags, '--time', 'stream'])).toMatch(/ORIEL_SOURCE: a Kafka topic is a live log/);
    const topics = made.kafka as KafkaTopics;
    expect(await askPartitions(topics, async (_, names) => names.map((topic) => ({ topic, partitions: 4 })))).toBe(4);
    await expect(askPartitions(topics, async (_, names) => names.map((topic, i) => ({ topic, partitions: i + 1 })))).rejects.toThrow(
      /different numbers of partitions \(orders 1, refunds 2\)/,
    );
  });

  it('§8: takes the topics of a REST gateway for the Worker, and asks it for their partitions where no number is given', async () => {
    const flags = ['--source', 'kafka-rest+http://localhost:8082/orders', '--outcomes', 'done', '--dialect', 'karapace'];
    const made = plan(flags, { ORIEL_REST_TOKEN: 'secret' });
    expect(made).toMatchObject({
      data: '.oriel/kafka-rest',
      pull: false,
      variables: { ORIEL_TOPIC: 'orders', ORIEL_SINK: 'kafka-rest+http://localhost:8082/done' },
      gateway: {
        connection: { base: 'http://localhost:8082', dialect: 'karapace', credentials: { kind: 'bearer', token: 'secret' }, instances: 'own' },
        topics: ['orders'],
      },
    });
    expect(plan(flags, { ORIEL_PARTITIONS: '3' }).gateway).toBeUndefined();
    const two = { topics: ['orders', 'refunds'] };
    expect(await askGatewayPartitions(two, async () => ({ partitions: 6 }))).toBe(6);
    await expect(askGatewayPartitions(two, async (topic) => ({ partitions: topic.length }))).rejects.toThrow(/\(orders 6, refunds 7\)/);
  });

  it('K12: a Worker that a bridge feeds is told of no gateway; one that pulls is told where it reads and writes, and of no password for Kafka', () => {
    const flags = ['--source', 'kafka-rest+http://localhost:8082/orders', '--outcomes', 'done', '--dialect', 'karapace'];
    const given = { ORIEL_REST_TOKEN: 'secret', ORIEL_KAFKA_SASL: 'plain', ORIEL_KAFKA_USERNAME: 'u', ORIEL_KAFKA_PASSWORD: 'p' };
    const fed = plan(flags, given);
    const told = Object.keys(workerVariables(fed.variables, fed.pull));
    expect(told.filter((name) => /SOURCE|SINK|REST|KAFKA|PULL/.test(name))).toEqual([]);
    expect(told).toEqual(expect.arrayContaining(['ORIEL_TOPIC', 'ORIEL_INGEST_TOKEN', 'ORIEL_PUBLIC_VIEW']));
    const pulled = plan([...flags, '--pull', 'on'], { ...given, ORIEL_KAFKA_ISOLATION: 'read_uncommitted', ORIEL_PULL_IDLE: '5s' });
    expect(pulled.pull).toBe(true);
    expect(Object.entries(workerVariables(pulled.variables, pulled.pull)).filter(([name]) => /SOURCE|SINK|REST|KAFKA|PULL/.test(name))).toEqual(
      expect.arrayContaining([
        ['ORIEL_SOURCE', 'kafka-rest+http://localhost:8082/orders'],
        ['ORIEL_SINK', 'kafka-rest+http://localhost:8082/done'],
        ['ORIEL_REST_DIALECT', 'karapace'],
        ['ORIEL_REST_TOKEN', 'secret'],
        ['ORIEL_KAFKA_ISOLATION', 'read_uncommitted'],
        ['ORIEL_PULL_IDLE', '5s'],
      ]),
    );
    expect(Object.keys(workerVariables(pulled.variables, true)).filter((name) => /PASSWORD|USERNAME|SASL/.test(name))).toEqual([]);
  });

  it.each<[string[], Record<string, string>, RegExp]>([
    [[], {}, /ORIEL_PULL: is on, and the source is no REST gateway/],
    [['--kafka', 'a:1'], {}, /ORIEL_PULL: is on, and the source is no REST gateway/],
    [['--source', 'none'], {}, /ORIEL_PULL: is on, and there is no source/],
    [['--source', 'kafka-rest+http://g/a', '--sink', 'ndjson:x'], {}, /ORIEL_SINK: is nothing that a Worker which pulls/],
    [['--source', 'kafka-rest+http://g/a', '--dead-letters', 'kafka://b/d'], {}, /ORIEL_DEAD_LETTERS: is copied to by a bridge/],
  ])('K12: pulls from a gateway alone, and without what needs a bridge: %j', (flags, environment, fault) => {
    expect(faultsOf([...flags, '--pull', 'on'], environment)).toMatch(fault);
    expect(faultsOf(flags, environment)).toBe('none');
  });

  it('K12: outcomes of a Worker that pulls stay in it where no sink is named', () => {
    expect(plan(['--source', 'kafka-rest+http://g/a', '--pull', 'on']).variables.ORIEL_SINK).toBe('none');
    expect(plan(['--source', 'kafka-rest+http://g/a', '--pull', 'off']).variables.ORIEL_SINK).toBeUndefined();
    expect(faultsOf(['--pull', 'maybe'])).toContain('ORIEL_PULL: is on or off');
  });

  it('names every fault at once', () => {
    const faults = faultsOf(['--port', 'x', '--fast', '--window', 'long'], { ORIEL_PARTITIONS: '0', ORIEL_SETTLE: 'never' });
    for (const name of ['ORIEL_PORT', '--fast', 'ORIEL_WINDOW', 'ORIEL_PARTITIONS', 'ORIEL_SETTLE']) expect(faults).toContain(name);
    expect(faultsOf(['--source', 'none', '--grace', 'long', 'stray'])).toMatch(/stray[\s\S]*ORIEL_GRACE/);
  });

  it('tells of every setting in its help', () => {
    const { help } = planOf(['--port', 'x', '--help'], {}) as { help: string };
    for (const name of Object.keys(plan([]).variables)) expect(help).toContain(name);
    expect(help).toContain('--replay');
  });
});

it('reads variables from wrangler.toml, .dev.vars and the environment, the later ones win', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oriel-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'wrangler.toml');
  writeFileSync(
    config,
    'name = "x"\nmain = "index.ts"\ncompatibility_date = "2026-10-01"\n[vars]\nORIEL_WINDOW = "1m"\nORIEL_GRACE = "2s"\nORIEL_PARTITIONS = 3\n',
  );
  expect(readVariables(config, {})).toEqual({ ORIEL_WINDOW: '1m', ORIEL_GRACE: '2s', ORIEL_PARTITIONS: '3' });
  writeFileSync(join(folder, '.dev.vars'), '# mine\nORIEL_GRACE="3s"\nORIEL_SETTLE=early\n');
  expect(readVariables(config, { ORIEL_SETTLE: 'close' })).toEqual({
    ORIEL_WINDOW: '1m',
    ORIEL_GRACE: '3s',
    ORIEL_PARTITIONS: '3',
    ORIEL_SETTLE: 'close',
  });
});
