import { onTestFinished } from 'vitest';
import { BridgeSlot } from '../../soak/bridge-slot.ts';
import { mulberry32 } from '../../support/random.ts';
import { System } from '../../support/system.ts';
import type { Broker } from '../broker/broker.ts';
import { ownBroker, topicsOf } from '../broker/shared.ts';
import type { Topics } from '../broker/topics.ts';
import { Customers } from './customers.ts';
import { type Blow, Havoc } from './havoc.ts';
import { Positions } from './positions.ts';

export const TOPIC = 'customer-events';
export const OUTCOMES = 'reservation-outcomes';
export const PARTITIONS = 6;
const GROUP = 'soak';

export interface SceneOptions {
  readonly sizeMs: number;
  readonly graceMs: number;
  readonly blows: Readonly<Record<Blow, number>>;
  readonly pauseMs: readonly [from: number, to: number];
}

/** All that takes part; it ends with the test. */
export interface Scene {
  readonly broker: Broker;
  readonly topics: Topics;
  readonly system: System;
  readonly bridges: readonly BridgeSlot[];
  readonly havoc: Havoc;
  readonly customers: Customers;
  readonly positions: Positions;
}

/** A broker with two topics of six partitions, the Worker in workerd, places for two bridges of one group, and who kills them. */
export async function setScene(seed: number, { sizeMs, graceMs, blows, pauseMs }: SceneOptions): Promise<Scene> {
  const broker = await ownBroker();
  const topics = topicsOf(broker.connection);
  for (const topic of [TOPIC, OUTCOMES]) await topics.createTopic(topic, { partitions: PARTITIONS });
  const system = await System.start({
    ORIEL_TOPIC: TOPIC,
    ORIEL_PARTITIONS: String(PARTITIONS),
    ORIEL_WINDOW: `${sizeMs}ms`,
    ORIEL_GRACE: `${graceMs}ms`,
    ORIEL_SOURCE: `kafka://${broker.address}/${TOPIC}`,
    ORIEL_SINK: `kafka://${broker.address}/${OUTCOMES}`,
    ORIEL_GROUP: GROUP,
    // Customers do not wait for the first bridge.
    ORIEL_FROM: 'earliest',
  });
  const bridges = [1, 2].map((n) => {
    const slot = new BridgeSlot(() => system.startBridge(), mulberry32(seed + n));
    onTestFinished(() => slot.off());
    return slot;
  });
  const customers = new Customers({ connection: broker.connection, topic: TOPIC, partitions: PARTITIONS });
  onTestFinished(() => customers.close());
  const havoc = new Havoc({ system, broker, bridges, startGuest: () => system.startBridge(), random: mulberry32(seed + 3), blows, pauseMs });
  const positions = new Positions({ system, topics, topic: TOPIC, partitions: PARTITIONS, group: GROUP });
  return { broker, topics, system, bridges, havoc, customers, positions };
}
