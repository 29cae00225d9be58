import { z } from 'zod';
import { type GatewayAddress, gatewayAddress, isGatewayAddress } from '../../src/gateway/address.ts';
import type { GatewayConnection } from '../../src/gateway/gateway.ts';
import { GATEWAY_RULES, GatewayVariables, gatewayConnection } from '../../src/gateway/settings.ts';
import { DurationSetting, EpochSetting, FromSetting, IsolationSetting } from '../../src/settings.ts';

/** How a partition pulls from a REST gateway. */
export interface PullSettings {
  readonly connection: GatewayConnection;
  readonly topics: readonly string[];
  /** Where outcomes go; `undefined`: they stay here, to be read over HTTP. */
  readonly sink: { readonly connection: GatewayConnection; readonly topic: string } | undefined;
  readonly group: string;
  readonly from: 'committed' | 'earliest' | 'latest' | number;
  readonly epoch: number;
  readonly isolation: 'read_committed' | 'read_uncommitted';
  /** The most between two polls of an idle topic, ms. */
  readonly idleMs: number;
}

const Address = z.string().transform((given, context): GatewayAddress => {
  const read = gatewayAddress(given);
  if (typeof read === 'object') return read;
  context.addIssue({ code: 'custom', message: read });
  return z.NEVER;
});

const Sink = z.string().transform((given, context): GatewayAddress | undefined => {
  if (given === 'none') return undefined;
  const read = isGatewayAddress(given)
    ? gatewayAddress(given)
    : 'where the Worker reads a gateway itself, outcomes go to kafka-rest+https://HOST[:PORT][/PATH]/TOPIC, or none';
  if (typeof read === 'object' && read.topics.length === 1) return read;
  context.addIssue({ code: 'custom', message: typeof read === 'string' ? read : `names ${read.topics.length} topics, and is to name one` });
  return z.NEVER;
});

/** What the Worker reads beside its own settings, where `ORIEL_SOURCE` is a gateway. Of another kind it is a bridge's, and none of this is looked at. */
export const PullVariables = {
  ORIEL_SOURCE: Address,
  ORIEL_SINK: Sink.optional(),
  ORIEL_GROUP: z.string().min(1).max(249).default('oriel'),
  ORIEL_FROM: FromSetting.default('committed'),
  ORIEL_EPOCH: EpochSetting,
  ORIEL_PULL_IDLE: DurationSetting.pipe(z.number().min(1_000, 'is at least 1s').max(3_600_000, 'is at most 1h')).default(10_000),
  ORIEL_KAFKA_ISOLATION: IsolationSetting,
  ...GatewayVariables,
};

type Given = Readonly<Partial<Record<string, unknown>>>;

const RULES: readonly { readonly path: string; readonly message: string; readonly holds: (given: Given) => boolean }[] = [
  {
    path: 'ORIEL_TOPIC',
    message: 'is not what ORIEL_SOURCE names: leave it out, or give the same topics in both',
    holds: ({ ORIEL_SOURCE, ORIEL_TOPIC }) =>
      !isAddress(ORIEL_SOURCE) || !Array.isArray(ORIEL_TOPIC) || [...ORIEL_TOPIC].sort().join() === [...ORIEL_SOURCE.topics].sort().join(),
  },
  {
    path: 'ORIEL_SINK',
    message: 'is the topic that is read: outcomes would come back as events; give them a topic of their own',
    holds: ({ ORIEL_SOURCE, ORIEL_SINK }) =>
      !isAddress(ORIEL_SOURCE) ||
      !isAddress(ORIEL_SINK) ||
      new URL(ORIEL_SOURCE.base).host !== new URL(ORIEL_SINK.base).host ||
      !ORIEL_SINK.topics.some((topic) => ORIEL_SOURCE.topics.includes(topic)),
  },
  ...GATEWAY_RULES,
];

/** The rules that settings break. */
export function brokenBy(given: Given): readonly { readonly path: string; readonly message: string }[] {
  return RULES.filter(({ holds }) => !holds(given));
}

export function pullSettings(given: z.infer<z.ZodObject<typeof PullVariables>>): PullSettings {
  const { ORIEL_SOURCE: source, ORIEL_SINK: sink } = given;
  const [topic] = sink?.topics ?? [];
  return {
    connection: gatewayConnection(source.base, given),
    topics: source.topics,
    sink: sink === undefined || topic === undefined ? undefined : { connection: gatewayConnection(sink.base, given), topic },
    group: given.ORIEL_GROUP,
    from: given.ORIEL_FROM,
    epoch: given.ORIEL_EPOCH,
    isolation: given.ORIEL_KAFKA_ISOLATION,
    idleMs: given.ORIEL_PULL_IDLE,
  };
}

function isAddress(given: unknown): given is GatewayAddress {
  return typeof given === 'object' && given !== null && 'base' in given;
}
