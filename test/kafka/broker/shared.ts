import { inject, onTestFinished } from 'vitest';
import type { KafkaConnection } from '../../../src/bridge/kafka/connection.ts';
import { Broker, type BrokerOptions } from './broker.ts';
import { type TopicOptions, Topics } from './topics.ts';

/** The broker of the run. Who kills or pauses one starts one of his own. */
export function sharedConnection(): KafkaConnection {
  return { brokers: [inject('kafka')] };
}

/** A broker that ends with the test. */
export async function ownBroker(options: BrokerOptions = {}): Promise<Broker> {
  const broker = await Broker.start(options);
  onTestFinished(() => broker.close());
  return broker;
}

/** The hands of the test in a cluster; they let go as it ends. Tests that run side by side give their own `atEnd`. */
export function topicsOf(connection: KafkaConnection, atEnd: (close: () => Promise<void>) => void = onTestFinished): Topics {
  const topics = new Topics(connection);
  atEnd(() => topics.close());
  return topics;
}

/** A name that no other test has, for a topic, a group or a producer. */
export function freshName(stem: string): string {
  return `${stem}-${crypto.randomUUID().slice(0, 8)}`;
}

/** A new topic in the shared broker, under a name of its own. */
export async function freshTopic(topics: Topics, options: TopicOptions = {}, stem = 'events'): Promise<string> {
  const topic = freshName(stem);
  await topics.createTopic(topic, options);
  return topic;
}
