import { dialectOf } from '../../src/gateway/detect.ts';
import type { Dialect, GatewayConnection, GatewayPorts, OutcomeProducer, PartitionReader, ReaderOptions } from '../../src/gateway/gateway.ts';
import { openReader } from '../../src/gateway/open-reader.ts';
import type { ProduceOptions } from '../../src/gateway/produce.ts';
import { openProducer } from '../../src/gateway/producer.ts';

/** What a pull uses of the gateways, in one place. */
export interface Gateways {
  /** Asks a gateway who it is. */
  dialectOf(connection: GatewayConnection, ports: GatewayPorts, signal: AbortSignal): Promise<Dialect>;
  openReader(options: ReaderOptions): PartitionReader;
  openProducer(options: ProduceOptions): OutcomeProducer;
}

/** Those in use. */
export function gatewaysInUse(): Gateways {
  return { dialectOf, openReader, openProducer };
}
