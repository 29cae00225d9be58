import { onTestFinished } from 'vitest';
import { BridgeSlot } from '../../soak/bridge-slot.ts';
import { mulberry32, type Random } from '../../support/random.ts';
import { System } from '../../support/system.ts';
import type { Broker } from '../broker/broker.ts';
import { ownBroker, topicsOf } from '../broker/shared.ts';
import type { Topics } from '../broker/topics.ts';
import type { GatewayKind, GatewayProcess } from '../gateway/gateway.ts';
import { LossyProxy } from '../rest/lossy-proxy.ts';
import { type Mode, restRoute } from '../rest/rest-system.ts';
import { nativeRoute, type Route } from '../route.ts';
import { Customers } from './customers.ts';
import { type Blows, Havoc } from './havoc.ts';
import { Positions } from './positions.ts';

export const TOPIC = 'customer-events';
export const OUTCOMES = 'reservation-outcomes';
export const PARTITIONS = 6;
const GROUP = 'soak';
/** Of a thousand calls to a gateway. */
const FATES = { passes: 970, requestLost: 10, answerLost: 10, answerCut: 10 };

export interface SceneOptions {
  readonly sizeMs: number;
  readonly graceMs: number;
  readonly blows: Blows;
  /** A REST gateway before the broker, with a network that loses calls, read by one bridge or by the Worker itself. Default: two bridges of one group speak Kafka's own protocol. */
  readonly through?: { readonly kind: GatewayKind; readonly mode: Mode };
  readonly pauseMs: readonly [from: number, to: number];
}

/** All that takes part; it ends with the test. */
export interface Scene {
  readonly broker: Broker;
  readonly topics: Topics;
  readonly system: System;
  readonly route: Route;
  readonly network: LossyProxy | undefined;
  readonly bridges: readonly BridgeSlot[];
  readonly havoc: Havoc;
  readonly customers: Customers;
  readonly positions: Positions;
}

/** A broker with two topics of six partitions, a gateway where there is to be one, the Worker in workerd, places for bridges, and who kills them. */
export async function setScene(seed: number, { sizeMs, graceMs, blows, pauseMs, through }: SceneOptions): Promise<Scene> {
  const broker = await ownBroker();
  const topics = topicsOf(broker.connection);
  for (const topic of [TOPIC, OUTCOMES]) await topics.createTopic(topic, { partitions: PARTITIONS });
  const { gateway, network, route } = through === undefined ? native(broker) : await before(broker, through, mulberry32(seed + 4));
  const ends = { ORIEL_SOURCE: route.addressOf(TOPIC, 'source'), ORIEL_SINK: route.addressOf(OUTCOMES, 'sink'), ...route.settings };
  const system = await System.start({
    ORIEL_TOPIC: TOPIC,
    ORIEL_PARTITIONS: String(PARTITIONS),
    ORIEL_WINDOW: `${sizeMs}ms`,
    ORIEL_GRACE: `${graceMs}ms`,
    ...(route.isPulled ? ends : {}),
    ORIEL_GROUP: GROUP,
    // Customers do not wait for the first bridge.
    ORIEL_FROM: 'earliest',
  });
  const startBridge = () => system.startBridge(ends);
  // Where there is no group, of two bridges the later one has all partitions.
  const places = through === undefined ? [1, 2] : through.mode === 'bridge' ? [1] : [];
  const bridges = places.map((n) => {
    const slot = new BridgeSlot(startBridge, mulberry32(seed + n));
    onTestFinished(() => slot.off());
    return slot;
  });
  const customers = new Customers({ connection: broker.connection, topic: TOPIC, partitions: PARTITIONS, payloadOf: route.payloadOf });
  onTestFinished(() => customers.close());
  const havoc = new Havoc({ system, broker, gateway, bridges, startGuest: startBridge, random: mulberry32(seed + 3), blows, pauseMs });
  const positions = new Positions({ system, topics, topic: TOPIC, partitions: PARTITIONS, group: GROUP });
  return { broker, topics, system, route, network, bridges, havoc, customers, positions };
}

interface Before {
  readonly gateway: GatewayProcess | undefined;
  readonly network: LossyProxy | undefined;
  readonly route: Route;
}

function native(broker: Broker): Before {
  return { gateway: undefined, network: undefined, route: nativeRoute(broker.connection) };
}

async function before(broker: Broker, { kind, mode }: NonNullable<SceneOptions['through']>, random: Random): Promise<Before> {
  const gateway = await kind.start(broker.connection);
  onTestFinished(() => gateway.close());
  const network = await LossyProxy.start({ target: gateway.url, random, weights: FATES });
  onTestFinished(() => network.stop());
  return { gateway, network, route: restRoute({ url: network.url, dialect: gateway.dialect }, mode) };
}
