import { isV3 } from '../../gateway/address.ts';
import { dialectOf } from '../../gateway/detect.ts';
import type { Dialect, GatewayConnection, GatewayPorts, PartitionReader, ReaderOptions } from '../../gateway/gateway.ts';
import { openReader } from '../../gateway/open-reader.ts';
import { describeTopic } from '../../gateway/topic.ts';
import type { Gateway } from './gateway.ts';

/** The most of one answer: what makes a record too large to be read. One that is kept as an event has 128 KiB at most. */
const MOST_BYTES = 8 * 1_048_576;

export type KnownConnection = GatewayConnection & { readonly dialect: Dialect };

export interface OpenGatewayOptions extends GatewayPorts {
  readonly connection: GatewayConnection;
  readonly group: string;
  readonly isolation: ReaderOptions['isolation'];
}

/** The gateway at an address: who it is, is asked once. */
export function openGateway({ connection, group, isolation, fetch, now }: OpenGatewayOptions): Gateway {
  const ports = { fetch, now };
  let known: KnownConnection | undefined;
  const knownOrFail = (): KnownConnection => {
    if (known === undefined) throw new Error('broken invariant: a gateway is read before it was asked who it is');
    return known;
  };
  return {
    base: connection.base,
    async dialect(signal) {
      known ??= await resolved(connection, ports, signal);
      return known.dialect;
    },
    describe: (topic, signal) => describeTopic(knownOrFail(), topic, ports, signal),
    reader: (topic, partition): PartitionReader =>
      openReader({ ...ports, connection: knownOrFail(), topic, partition, group, name: `oriel-${partition}`, isolation, mostBytes: MOST_BYTES }),
  };
}

/** The connection with its dialect, which the gateway is asked for where it is not set. @throws OrielError */
export async function resolved(connection: GatewayConnection, ports: GatewayPorts, signal: AbortSignal): Promise<KnownConnection> {
  // Of the four, Confluent's alone has the v3 API, below whose address nobody says who speaks there.
  const dialect = isV3(connection.base) ? 'confluent' : await dialectOf(connection, ports, signal);
  return { ...connection, dialect };
}
