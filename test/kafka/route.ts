import type { KafkaConnection } from '../../src/bridge/kafka/connection.ts';
import type { EventLine } from '../support/events.ts';
import type { LogRecord } from './broker/log.ts';
import { type KafkaOutcome, outcomeOf } from './kafka-outcome.ts';

/** How Oriel reaches the topics of a cluster, and what their records are like for it. */
export interface Route {
  /** A topic, as the setting of that end has it. */
  addressOf(topic: string, end: 'source' | 'sink'): string;
  /** Whether the Worker reads and writes by itself: then it is told the addresses, and there is no bridge. */
  readonly isPulled: boolean;
  /** What goes with the addresses. */
  readonly settings: Readonly<Record<string, string>>;
  /** The value of an event, as its producer writes it. */
  payloadOf(event: EventLine): unknown;
  /** Whether records have no headers and no timestamp of ours: the headers of an outcome stand within its value. */
  readonly isBare: boolean;
  /** An outcome, as its consumer reads it. */
  outcomeOf(record: LogRecord): KafkaOutcome;
}

/** A bridge speaks Kafka's own protocol. */
export function nativeRoute({ brokers }: KafkaConnection): Route {
  return {
    addressOf: (topic) => `kafka://${brokers.join(',')}/${topic}`,
    isPulled: false,
    settings: {},
    payloadOf: ({ value }) => value,
    isBare: false,
    outcomeOf,
  };
}
