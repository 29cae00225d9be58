import type { Dialect } from '../../../src/gateway/gateway.ts';
import type { BridgeProcess } from '../../../worker/start-bridge.ts';
import type { EventLine } from '../../support/events.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { bareOutcomeOf, outcomeOf } from '../kafka-outcome.ts';
import { KafkaSystem, type KafkaSystemOptions } from '../kafka-system.ts';
import type { Route } from '../route.ts';

/** Who reads the gateway: a bridge, or the Worker by itself. */
export const MODES = ['bridge', 'pull'] as const;
export type Mode = (typeof MODES)[number];

type At = Pick<Gateway, 'url' | 'dialect'>;

/** Gateways that hand out the timestamps of records; of the others an event says itself when it happened. */
const WITH_TIMESTAMPS: readonly Dialect[] = ['strimzi', 'karapace'];

/** Gateways that take headers and timestamps; through the others the headers of an outcome go within its value. */
export const WITH_HEADERS: readonly Dialect[] = ['strimzi'];

const STARTED_MS = 60_000;

/** The route through a gateway. `v3`: path of the API to which outcomes are produced, such as `/v3/clusters/ID`, where that is another one. */
export function restRoute({ url, dialect }: At, mode: Mode, v3?: string): Route {
  const isBare = v3 === undefined && !WITH_HEADERS.includes(dialect);
  return {
    addressOf: (topic, end) => `kafka-rest+${url}${end === 'sink' ? (v3 ?? '') : ''}/${topic}`,
    isPulled: mode === 'pull',
    settings: mode === 'pull' ? { ORIEL_PULL_IDLE: '1s' } : {},
    payloadOf: ({ value, timestamp }: EventLine) => (WITH_TIMESTAMPS.includes(dialect) ? value : { ...value, timestamp }),
    isBare,
    outcomeOf: isBare ? bareOutcomeOf : outcomeOf,
  };
}

/** The whole of Oriel behind a gateway, for one test. Nobody reads yet. */
export function startRestSystem(
  gateway: At,
  mode: Mode,
  options: Omit<KafkaSystemOptions, 'route'> & { readonly v3?: string } = {},
): Promise<KafkaSystem> {
  const { v3, ...rest } = options;
  return KafkaSystem.start({ ...rest, route: restRoute(gateway, mode, v3) });
}

/** Has the Worker read, or starts a bridge and gives it. Resolves when every partition is connected: a topic that is empty until then needs no choice of where to start. */
export async function begun(system: KafkaSystem, mode: Mode, partitions = 1): Promise<BridgeProcess | undefined> {
  const bridge = mode === 'bridge' ? system.startBridge() : undefined;
  await untilRead(system, partitions);
  return bridge;
}

export async function untilRead(system: KafkaSystem, partitions = 1): Promise<void> {
  const isRead = async () => {
    // Whoever has slept is woken by this.
    await system.system.get('/v1/sources');
    const standings = await Promise.all(Array.from({ length: partitions }, (_, partition) => system.standing(partition)));
    return standings.every(({ source }) => source.connected);
  };
  await system.until('all partitions to be read', isRead, STARTED_MS);
}
