import type { Dialect, GatewayConnection, GatewayPorts, OutcomeProducer, PartitionReader, ReaderOptions } from '../../src/gateway/gateway.ts';

export interface ProducerOptions extends GatewayPorts {
  readonly connection: GatewayConnection & { readonly dialect: Dialect };
  readonly topic: string;
}

/** What a pull uses of the gateways, in one place. */
export interface Gateways {
  /** Asks a gateway who it is. */
  dialectOf(connection: GatewayConnection, ports: GatewayPorts, signal: AbortSignal): Promise<Dialect>;
  openReader(options: ReaderOptions): PartitionReader;
  openProducer(options: ProducerOptions): OutcomeProducer;
}

/** Those in use. */
export function gatewaysInUse(): Gateways {
  throw new Error('not there yet');
}
