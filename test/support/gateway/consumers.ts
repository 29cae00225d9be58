import { type Answer, answered, BINARY, JSON_RECORDS, NOTHING, Refusal } from './answers.ts';
import { existing, type GatewayContext, type RoutedRequest } from './context.ts';
import { Instance } from './instance.ts';
import { polled } from './polling.ts';
import { assign, commit, committed, partitionsOf, seek, seekToEdge, subscribe } from './positions.ts';
import { isObject, parsedOffsets } from './wire.ts';

/** `POST /consumers/GROUP` and what lies below it. `undefined`: the dialect has no such route. */
export async function consumers(context: GatewayContext, request: RoutedRequest): Promise<Answer | undefined> {
  const [, group = '', instances, name = '', ...rest] = request.parts;
  const body = bodyOf(context, request);
  if (instances === undefined) return request.method === 'POST' ? create(context, group, body) : undefined;
  if (instances !== 'instances' || name === '') return undefined;
  const id = `${group}/${name}`;
  const route = `${request.method} ${rest.join('/')}`;
  if (!hasRoute(context, route)) return undefined;
  const instance = context.instances.get(id);
  if (instance === undefined) throw new Refusal('noInstance', noInstance(context, group, name));
  instance.usedAt = context.now();
  const answer = instance.turn.then(() => asked(context, instance, request, route, body, id));
  instance.turn = answer.catch(() => undefined);
  return answer.finally(() => {
    instance.usedAt = context.now();
  });
}

const ROUTES = ['DELETE ', 'POST subscription', 'GET records', 'POST offsets', 'GET subscription', 'DELETE subscription'];
const SEEKING = ['POST assignments', 'POST positions', 'POST positions/beginning', 'POST positions/end'];
const TELLING = ['GET assignments', 'GET offsets'];

function hasRoute({ dialect }: GatewayContext, route: string): boolean {
  if (ROUTES.slice(0, 4).includes(route)) return true;
  if (dialect === 'redpanda') return route === 'GET offsets';
  return ROUTES.includes(route) || SEEKING.includes(route) || (dialect !== 'strimzi' && TELLING.includes(route));
}

async function asked(context: GatewayContext, instance: Instance, request: RoutedRequest, route: string, body: unknown, id: string): Promise<Answer> {
  switch (route) {
    case 'DELETE ':
      context.instances.delete(id);
      return NOTHING;
    case 'POST assignments':
      return assign(context, instance, body);
    case 'GET assignments':
      return answered({ partitions: [...instance.positions.values()].map(({ topic, partition }) => ({ topic, partition })) });
    case 'POST subscription':
      return subscribe(context, instance, body);
    case 'GET subscription':
      return answered({ topics: [...new Set([...instance.positions.values()].map(({ topic }) => topic))] });
    case 'DELETE subscription':
      instance.assign([]);
      instance.isSubscribed = false;
      return NOTHING;
    case 'POST positions':
      return seek(context, instance, body);
    case 'POST positions/beginning':
    case 'POST positions/end':
      return seekToEdge(context, instance, partitionsOf(context, body), route === 'POST positions/end');
    case 'POST offsets':
      return commit(context, instance, body);
    case 'GET offsets':
      return committed(context, instance, body);
    default:
      return records(context, instance, request);
  }
}

async function records(context: GatewayContext, instance: Instance, request: RoutedRequest): Promise<Answer> {
  const { dialect, traits } = context;
  const accept = request.headers.get('accept') ?? '';
  const wanted = instance.options.format === 'json' ? JSON_RECORDS : BINARY;
  if (accept !== wanted) {
    const said =
      dialect === 'strimzi'
        ? 'Consumer format does not match the embedded format requested by the Accept header.'
        : `The instance's format is ${instance.options.format}.`;
    throw new Refusal('notAcceptable', said);
  }
  if (instance.positions.size === 0) {
    throw new Refusal('internal', 'Consumer is not subscribed to any topics or assigned any partitions');
  }
  for (const { topic, partition } of instance.positions.values()) if (dialect === 'karapace') await existing(context, topic, partition);
  const asksFor = number(request, 'timeout');
  const most = instance.options.waitMs ?? traits.mostWaitMs;
  const byDefault = instance.options.waitMs ?? traits.defaultWaitMs;
  // A wait of 0 or less is none of its own for Confluent.
  const waitMs =
    asksFor === undefined || (dialect === 'confluent' && asksFor <= 0)
      ? Math.min(byDefault, most)
      : dialect === 'karapace'
        ? asksFor
        : Math.min(asksFor, most);
  const maxBytes = number(request, 'max_bytes') ?? traits.mostAnswerBytes;
  return polled(context, instance, {
    waitMs,
    maxBytes: Math.min(maxBytes <= 0 ? traits.mostAnswerBytes : maxBytes, traits.mostAnswerBytes),
    signal: request.signal,
  });
}

function number({ query }: RoutedRequest, name: string): number | undefined {
  const value = query.get(name);
  return value === null ? undefined : Number(value);
}

const KEYS: Readonly<Record<GatewayContext['dialect'], readonly string[]>> = {
  confluent: ['id', 'name', 'format', 'auto.offset.reset', 'auto.commit.enable', 'fetch.min.bytes', 'consumer.request.timeout.ms'],
  strimzi: ['name', 'format', 'auto.offset.reset', 'enable.auto.commit', 'fetch.min.bytes', 'consumer.request.timeout.ms', 'isolation.level'],
  karapace: [],
  redpanda: ['name', 'format', 'auto.offset.reset', 'auto.commit.enable', 'fetch.min.bytes', 'consumer.request.timeout.ms'],
};

function create(context: GatewayContext, group: string, body: unknown): Answer {
  const { dialect } = context;
  const settings = isObject(body) ? body : {};
  const known = KEYS[dialect];
  const unknown = Object.keys(settings).find((key) => known.length > 0 && !known.includes(key));
  if (unknown !== undefined)
    throw new Refusal(dialect === 'strimzi' || dialect === 'redpanda' ? 'badRequest' : 'unprocessable', unrecognized(dialect, unknown));
  check(context, settings);
  const name = typeof settings.name === 'string' ? settings.name : `consumer-${crypto.randomUUID()}`;
  if (context.instances.has(`${group}/${name}`)) throw new Refusal('instanceExists', instanceExists(dialect, name));
  const minBytes = settings['fetch.min.bytes'];
  const waitMs = settings['consumer.request.timeout.ms'];
  const isCommitted = settings['isolation.level'] ?? context.traits.isolation;
  context.instances.set(
    `${group}/${name}`,
    new Instance(
      {
        group,
        name,
        format: settings.format === 'json' ? 'json' : 'binary',
        isolation: isCommitted === 'read_committed' ? 'read_committed' : 'read_uncommitted',
        minBytes: minBytes === undefined ? undefined : Number(minBytes),
        // Strimzi's is the client's `request.timeout.ms`, and no bound of a poll.
        waitMs: waitMs === undefined || dialect === 'strimzi' ? undefined : Number(waitMs),
        reset:
          settings['auto.offset.reset'] === 'latest'
            ? 'latest'
            : dialect === 'confluent' && settings['auto.offset.reset'] === undefined
              ? 'latest'
              : 'earliest',
      },
      context.now(),
    ),
  );
  const at = `${context.traits.baseUri ?? context.origin}/consumers/${encodeURIComponent(group)}/instances/${encodeURIComponent(name)}`;
  return answered({ instance_id: name, base_uri: at });
}

/** What a dialect does not take of the settings that all of them know. */
function check({ dialect }: GatewayContext, settings: Record<string, unknown>): void {
  const isText = (name: string) => settings[name] === undefined || typeof settings[name] === 'string';
  if (settings.format !== undefined && settings.format !== 'binary' && settings.format !== 'json')
    throw new Refusal('badConfig', 'Invalid format type');
  if (dialect === 'karapace' && settings['fetch.min.bytes'] !== undefined && !Number.isSafeInteger(settings['fetch.min.bytes'])) {
    throw new Refusal('badConfig', 'Expected fetch.min.bytes to be >= -1');
  }
  if (dialect === 'strimzi') {
    const types = { 'fetch.min.bytes': 'number', 'consumer.request.timeout.ms': 'number', 'enable.auto.commit': 'boolean' } as const;
    const wrong = Object.entries(types).find(([name, type]) => settings[name] !== undefined && typeof settings[name] !== type);
    if (wrong !== undefined) throw new Refusal('badRequest', 'Validation error on: Schema validation error');
  }
  if (dialect !== 'redpanda') return;
  const notText = Object.keys(settings).find((name) => !isText(name));
  if (notText !== undefined) throw new Refusal('badRequest', `json: ${notText} must be a string`);
  if (settings['auto.offset.reset'] !== 'earliest') throw new Refusal('badRequest', 'auto.offset must be earliest');
  if (settings['auto.commit.enable'] !== 'false') throw new Refusal('badRequest', 'auto.commit must be false');
}

function unrecognized(dialect: GatewayContext['dialect'], key: string): string {
  return dialect === 'strimzi' ? 'Validation error on: / - Property does not match additional properties schema' : `Unrecognized field: ${key}`;
}

function instanceExists(dialect: GatewayContext['dialect'], name: string): string {
  if (dialect === 'strimzi') return 'A consumer instance with the specified name already exists in the Kafka Bridge.';
  return dialect === 'karapace'
    ? `Consumer ${name} already exists`
    : 'Consumer with specified consumer ID already exists in the specified consumer group.';
}

function noInstance({ dialect }: GatewayContext, group: string, name: string): string {
  if (dialect === 'strimzi') return 'The specified consumer instance was not found.';
  if (dialect === 'karapace') return `Consumer for ('${group}', '${name}') not found among []`;
  return dialect === 'confluent' ? 'Consumer instance not found.' : 'consumer_instance_not_found';
}

function bodyOf({ dialect }: GatewayContext, { method, body, headers }: RoutedRequest): unknown {
  const type = headers.get('content-type');
  const isWrong = dialect === 'strimzi' || dialect === 'redpanda' ? type !== 'application/vnd.kafka.v2+json' : type?.startsWith('text/') === true;
  if (body !== '' && method === 'POST' && isWrong)
    throw new Refusal(dialect === 'redpanda' || dialect === 'strimzi' ? 'badRequest' : 'unprocessable', `Content-Type ${type} is not taken.`);
  if (body === '') return undefined;
  try {
    return parsedOffsets(body);
  } catch (error) {
    throw new Refusal('badRequest', error instanceof Error ? error.message : String(error));
  }
}
