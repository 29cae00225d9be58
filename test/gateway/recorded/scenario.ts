import { base64, type GatewayClient, type Told } from '../../support/gateway/client.ts';

/** A record as the scenario writes it: texts stand for their UTF-8 bytes. */
export interface ScenarioRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly timestamp?: number;
}

/** What the scenario does to a log besides asking its gateway. */
export interface ScenarioHands {
  produce(topic: string, records: readonly ScenarioRecord[]): Promise<void>;
  /** A transaction of one record each, which stays open until it is ended. */
  begin(topic: string): Promise<{ produce(records: readonly ScenarioRecord[]): Promise<void>; end(how: 'commit' | 'abort'): Promise<void> }>;
  deleteBelow(topic: string, offset: number): Promise<void>;
  /** The next offset as the cluster has it; `undefined`: none. */
  committed(group: string, topic: string): Promise<string | undefined>;
}

/** One request and what came of it, or what the cluster stored. */
export interface RecordedExchange {
  readonly step: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly request?: unknown;
  readonly status?: number;
  readonly type?: string;
  readonly answer?: unknown;
  readonly stored?: string;
}

/** Topics that the scenario finds, each of one partition; the last takes records of `SINK_BYTES` at most. */
export const SCENARIO_TOPICS = ['recorded', 'transactions', 'texts', 'sink'] as const;
export const SINK_BYTES = 40_000;
/** `max.request.size` of the Java client. */
const MOST_REQUEST_BYTES = 1_048_576;
/** Longer texts are written down as their length. */
const KEPT_CHARACTERS = 1_000;
const BINARY = 'application/vnd.kafka.binary.v2+json';
const JSON_TYPE = 'application/vnd.kafka.json.v2+json';

/** Asks, and writes down both sides. */
class Scribe {
  readonly exchanges: RecordedExchange[] = [];
  readonly #client: GatewayClient;
  readonly hands: ScenarioHands;

  constructor(client: GatewayClient, hands: ScenarioHands) {
    this.#client = client;
    this.hands = hands;
  }

  async ask(step: string, method: string, path: string, request?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
    const told = await this.#client.ask(method, path, request, headers);
    const type = told.headers.get('content-type');
    this.exchanges.push({
      step,
      method,
      path,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(request === undefined ? {} : { request: shortened(request) }),
      status: told.status,
      ...(type === null ? {} : { type }),
      ...(told.body === '' ? {} : { answer: shortened(told.body) }),
    });
    return told;
  }

  create(step: string, body: Record<string, unknown>): Promise<Told> {
    return this.ask(step, 'POST', '/consumers/group', body);
  }

  async poll(step: string, name: string, query = 'timeout=2000', accept = BINARY): Promise<Told> {
    return this.ask(step, 'GET', `${at(name)}/records?${query}`, undefined, { accept });
  }

  seek(step: string, name: string, topic: string, offset: number): Promise<Told> {
    return this.ask(step, 'POST', `${at(name)}/positions`, { offsets: [{ topic, partition: 0, offset }] });
  }

  assign(step: string, name: string, topic: string, partition = 0): Promise<Told> {
    return this.ask(step, 'POST', `${at(name)}/assignments`, { partitions: [{ topic, partition }] });
  }

  async stored(step: string, topic: string): Promise<void> {
    this.exchanges.push({ step, stored: (await this.hands.committed('group', topic)) ?? 'none' });
  }
}

function shortened(value: unknown): unknown {
  const brief = (_: string, item: unknown) => (typeof item === 'string' && item.length > KEPT_CHARACTERS ? `(${item.length} characters)` : item);
  return JSON.parse(JSON.stringify(value, brief));
}

/** What is asked of a Strimzi bridge to learn how it answers; the same every time, in front of a log of `SCENARIO_TOPICS` that are empty. */
export async function strimziScenario(client: GatewayClient, hands: ScenarioHands): Promise<readonly RecordedExchange[]> {
  const scribe = new Scribe(client, hands);
  await making(scribe);
  await reading(scribe);
  await tooLarge(scribe);
  await committing(scribe);
  await describing(scribe);
  await withTransactions(scribe);
  await outOfRange(scribe);
  await producing(scribe);
  await notJson(scribe);
  await ending(scribe);
  return scribe.exchanges;
}

const at = (name: string) => `/consumers/group/instances/${name}`;
const settings = (name: string) => ({ name, format: 'binary', 'auto.offset.reset': 'earliest', 'enable.auto.commit': false });

async function making(scribe: Scribe): Promise<void> {
  await scribe.create('a setting it does not know', { name: 'x', 'auto.commit.enable': 'false' });
  await scribe.create('an instance', settings('i'));
  await scribe.create('the same name again', settings('i'));
  await scribe.create('settings that are text', { ...settings('t'), 'enable.auto.commit': 'false', 'fetch.min.bytes': '1' });
  await scribe.create('a number for fetch.min.bytes', { ...settings('n'), 'fetch.min.bytes': 1, 'consumer.request.timeout.ms': 30_000 });
  await scribe.create('a format that is none', { ...settings('f'), format: 'bytes' });
  await scribe.ask('a content type with a charset', 'POST', '/consumers/group', settings('c'), {
    'content-type': 'application/vnd.kafka.v2+json; charset=utf-8',
  });
  await scribe.poll('a poll before anything is assigned', 'i');
  await scribe.seek('a seek before anything is assigned', 'i', 'recorded', 0);
  await scribe.assign('an assignment', 'i', 'recorded');
}

async function reading(scribe: Scribe): Promise<void> {
  await scribe.hands.produce('recorded', [
    {
      key: 'k',
      value: '{"a":1}',
      headers: [
        ['h', '1'],
        ['h', '2'],
        ['e', ''],
      ],
      timestamp: 1_700_000_000_000,
    },
    { key: null, value: '', timestamp: 1_700_000_000_001 },
    { key: 'k', value: null, timestamp: 1_700_000_000_002 },
  ]);
  await scribe.seek('a seek', 'i', 'recorded', 0);
  await scribe.poll('records with headers, without key, without value', 'i', 'timeout=2000&max_bytes=1000000');
  await scribe.poll('a poll at the end of the log', 'i', 'timeout=200');
  await scribe.poll('a poll that does not wait', 'i', 'timeout=0');
  await scribe.poll('another format than the instance has', 'i', 'timeout=200', JSON_TYPE);
  await scribe.poll('an Accept with a charset', 'i', 'timeout=200', `${BINARY}; charset=utf-8`);
  await scribe.seek('a seek back', 'i', 'recorded', 1);
  await scribe.poll('records from there', 'i');
}

async function tooLarge(scribe: Scribe): Promise<void> {
  await scribe.hands.produce('recorded', [
    { key: null, value: 'x'.repeat(400), timestamp: 1_700_000_000_003 },
    { key: null, value: 'small', timestamp: 1_700_000_000_004 },
  ]);
  await scribe.poll('an answer of more than max_bytes', 'i', 'timeout=2000&max_bytes=300');
  await scribe.poll('the poll after it', 'i', 'timeout=200&max_bytes=300');
  await scribe.seek('a seek back to what was not given', 'i', 'recorded', 3);
  await scribe.poll('with more of max_bytes', 'i', 'timeout=2000&max_bytes=3000');
}

async function committing(scribe: Scribe): Promise<void> {
  const commit = (step: string, body?: unknown) => scribe.ask(step, 'POST', `${at('i')}/offsets`, body);
  const offsets = (topic: string, offset: number) => ({ offsets: [{ topic, partition: 0, offset }] });
  await commit('a commit of 3', offsets('recorded', 3));
  await scribe.stored('what a commit of 3 stores', 'recorded');
  await commit('a commit without a body');
  await scribe.stored('what it stores after all five records', 'recorded');
  await commit('a commit with metadata', { offsets: [{ topic: 'recorded', partition: 0, offset: 3, metadata: '' }] });
  await commit('a commit of a partition that is not assigned', offsets('texts', 0));
  await scribe.ask('what the group has committed', 'GET', `${at('i')}/offsets`);
  await scribe.ask('what is assigned', 'GET', `${at('i')}/assignments`);
}

async function describing(scribe: Scribe): Promise<void> {
  const offsets = (step: string, topic: string, partition: number | string) =>
    scribe.ask(step, 'GET', `/topics/${topic}/partitions/${partition}/offsets`);
  await offsets('offsets of a partition', 'recorded', 0);
  await offsets('offsets of a partition that is not there', 'recorded', 7);
  await offsets('offsets of a topic that is not there', 'nowhere', 0);
  await scribe.ask('partitions of a topic', 'GET', '/topics/recorded/partitions');
  await scribe.ask('a topic that is not there', 'GET', '/topics/nowhere');
  await scribe.ask('a route that is none', 'GET', '/nowhere');
  await scribe.ask('a method that the route has not', 'GET', '/consumers/group');
}

async function withTransactions(scribe: Scribe): Promise<void> {
  const ends = (step: string) => scribe.ask(step, 'GET', '/topics/transactions/partitions/0/offsets');
  for (const [name, isolation] of Object.entries({ rc: 'read_committed', ru: 'read_uncommitted' })) {
    await scribe.create(`an instance that reads ${isolation}`, { ...settings(name), 'isolation.level': isolation });
    await scribe.assign(`its assignment (${name})`, name, 'transactions');
    await scribe.seek(`its seek (${name})`, name, 'transactions', 0);
  }
  const open = await scribe.hands.begin('transactions');
  await open.produce([
    { key: 'k', value: 'a', timestamp: 1_700_000_000_000 },
    { key: 'k', value: 'b', timestamp: 1_700_000_000_001 },
  ]);
  await ends('offsets while a transaction is open');
  await scribe.poll('read_committed while it is open', 'rc', 'timeout=500');
  await scribe.poll('read_uncommitted while it is open', 'ru');
  await open.end('commit');
  await scribe.poll('read_committed after its commit', 'rc');
  await ends('offsets after its commit: the marker counts');
  await scribe.poll('at the marker that ends the log', 'rc', 'timeout=500');
  await scribe.seek('a seek onto the marker', 'rc', 'transactions', 2);
  await scribe.poll('a poll on the marker', 'rc', 'timeout=500');
  await scribe.ask('a commit of the position', 'POST', `${at('rc')}/offsets`);
  await scribe.stored('what it stores on the marker', 'transactions');
  const aborted = await scribe.hands.begin('transactions');
  await aborted.produce([{ key: 'k', value: 'c', timestamp: 1_700_000_000_002 }]);
  await aborted.end('abort');
  await scribe.poll('read_committed after an abort', 'rc', 'timeout=500');
  await scribe.hands.produce('transactions', [{ key: 'k', value: 'd', timestamp: 1_700_000_000_003 }]);
  await scribe.poll('what comes behind the abort', 'rc');
  await ends('offsets after an abort and one more');
}

async function outOfRange(scribe: Scribe): Promise<void> {
  await scribe.seek('a seek above the end', 'i', 'recorded', 99);
  await scribe.poll('a poll above the end', 'i');
  await scribe.hands.deleteBelow('recorded', 4);
  await scribe.ask('offsets after records were deleted', 'GET', '/topics/recorded/partitions/0/offsets');
  await scribe.seek('a seek below the start', 'i', 'recorded', 1);
  await scribe.poll('a poll below the start', 'i');
}

async function producing(scribe: Scribe): Promise<void> {
  const produce = (step: string, records: readonly unknown[], path = '/topics/sink', type = BINARY) =>
    scribe.ask(step, 'POST', path, { records }, { 'content-type': type });
  const headers = [{ key: 'id', value: base64('1') }];
  await produce('a record with headers and timestamp', [{ key: base64('k'), value: base64('v'), headers, timestamp: 1_700_000_000_000 }]);
  await produce('a tombstone, and one into a partition', [
    { key: base64('k'), value: null },
    { key: base64('k'), value: base64('v'), partition: 0 },
  ]);
  await produce('into a partition by the path', [{ value: base64('v') }], '/topics/sink/partitions/0');
  await produce('JSON', [{ key: 'k', value: { a: 1 } }], '/topics/sink', JSON_TYPE);
  // A small one behind it would be put into its batch, which the client would send again and again for two minutes (4.1.0).
  await produce('one that is too large for the topic, behind another', [{ value: base64('1') }, { value: base64('x'.repeat(2 * SINK_BYTES)) }]);
  await produce('one that is too large for a request of its producer', [{ value: base64('x'.repeat(MOST_REQUEST_BYTES)) }]);
  await produce('what is no base64', [{ value: '***' }]);
  await produce('a field that records have not', [{ value: base64('v'), offset: 1 }]);
  await produce('no records', []);
  await produce('into a partition that is not there', [{ value: base64('v'), partition: 7 }]);
  await produce('into a topic that is not there', [{ value: base64('v') }], '/topics/nowhere');
  await scribe.ask('what is stored then', 'GET', '/topics/sink/partitions/0/offsets');
}

async function notJson(scribe: Scribe): Promise<void> {
  await scribe.hands.produce(
    'texts',
    ['{"a":1}', 'no JSON', '{"a":3}'].map((value, index) => ({ key: null, value, timestamp: 1_700_000_000_000 + index })),
  );
  await scribe.create('an instance of format json', { ...settings('j'), format: 'json' });
  await scribe.assign('its assignment (j)', 'j', 'texts');
  await scribe.seek('its seek (j)', 'j', 'texts', 0);
  await scribe.poll('a record that is no JSON', 'j', 'timeout=2000', JSON_TYPE);
  await scribe.poll('the poll after a record that is no JSON', 'j', 'timeout=200', JSON_TYPE);
}

async function ending(scribe: Scribe): Promise<void> {
  await scribe.create('an instance for a topic that is not there', settings('u'));
  await scribe.assign('an assignment of a topic that is not there', 'u', 'nowhere');
  await scribe.poll('a poll of a topic that is not there', 'u', 'timeout=500');
  await scribe.ask('the end of an instance', 'DELETE', at('i'));
  await scribe.ask('its end again', 'DELETE', at('i'));
  await scribe.poll('a poll of an instance that is gone', 'i', 'timeout=200');
  await scribe.seek('a seek of an instance that is gone', 'i', 'recorded', 0);
  await scribe.create('its name again', settings('i'));
}
