import type { Dialect, GatewayTopic, PartitionReader } from '../../gateway/gateway.ts';

/** One gateway, as a bridge reads from it. What is asked throws as all of `src/gateway` does. */
export interface Gateway {
  /** Its address, for people. */
  readonly base: string;
  /** Who speaks there: as set, or found by asking. To be called before all others. */
  dialect(signal: AbortSignal): Promise<Dialect>;
  /** What a topic is. */
  describe(topic: string, signal: AbortSignal): Promise<GatewayTopic>;
  /** A reader of one partition; it opens nothing before it is asked. */
  reader(topic: string, partition: number): PartitionReader;
}
