import { OrielError } from '../core/errors.ts';
import { codeOf, gatewayFault } from './fault.ts';
import type { GatewayConnection, GatewayPorts } from './gateway.ts';
import { callGateway, type GatewayAnswer } from './http.ts';
import { highest, lowest } from './search.ts';

/** Beyond what the gateway itself may wait. */
const READ_MS = 15_000;

export interface RedpandaPartition {
  readonly connection: GatewayConnection;
  readonly topic: string;
  readonly partition: number;
}

export interface RedpandaRead {
  readonly offset: bigint;
  readonly waitMs: number;
  /** What the gateway is asked for, and what is read of its answer at most. */
  readonly maxBytes: number;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Reads from an offset on, without a consumer: an answer of 2xx, or `undefined` where the offset is out of range: below the start of the log or above its end.
 * @throws OrielError `PARTITIONS` where there is no such topic or partition
 */
export async function redpandaRead(at: RedpandaPartition, ports: GatewayPorts, read: RedpandaRead): Promise<GatewayAnswer | undefined> {
  const { topic, partition, connection } = at;
  const answer = await callGateway(connection, ports, {
    method: 'GET',
    path: `/topics/${encodeURIComponent(topic)}/partitions/${partition}/records?offset=${read.offset}&timeout=${read.waitMs}&max_bytes=${read.maxBytes}`,
    accept: 'application/vnd.kafka.binary.v2+json',
    timeoutMs: read.waitMs + READ_MS,
    maxBytes: read.mostBytes,
    mayCut: true,
    signal: read.signal,
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  const fault = gatewayFault(answer, `reading ${topic}-${partition} from ${read.offset}`);
  // One code for all that a broker may find wrong in a request: the words tell.
  if (answer.status !== 400 || codeOf(answer) !== 40002) throw fault;
  if (/out[_ ]of[_ ]range/i.test(fault.message)) return undefined;
  throw new OrielError('UNAVAILABLE', fault.message, { retryable: true });
}

/** Whether an offset lies in the log: from its start to its end, where the next record would be written. */
export async function redpandaHas(at: RedpandaPartition, ports: GatewayPorts, offset: bigint, signal: AbortSignal): Promise<boolean> {
  return (await redpandaRead(at, ports, { offset, waitMs: 0, maxBytes: 1, mostBytes: 65_536, signal })) !== undefined;
}

/** How many partitions a topic has: there is no route that says so, and a partition that does not exist is refused. @throws OrielError `UNKNOWN_TOPIC` */
export async function redpandaPartitions(connection: GatewayConnection, topic: string, ports: GatewayPorts, signal: AbortSignal): Promise<number> {
  const exists = async (partition: bigint) => {
    try {
      await redpandaHas({ connection, topic, partition: Number(partition) }, ports, 0n, signal);
      return true;
    } catch (error) {
      if (error instanceof OrielError && error.code === 'PARTITIONS') return false;
      throw error;
    }
  };
  if (!(await exists(0n))) throw new OrielError('UNKNOWN_TOPIC', `Topic ${topic} is not known to the gateway. Create it, or correct its name.`);
  return Number((await highest(0n, exists)) + 1n);
}

/**
 * Where the log ends, found by asking which offsets it has: `known` is one of them. `undefined` where it moved meanwhile, so that nothing is proven. It ended there or below
 * at the time of asking: the next offset was refused, and after that this one was not, so it was not for being below the start.
 */
export async function redpandaEnd(at: RedpandaPartition, ports: GatewayPorts, known: bigint, signal: AbortSignal): Promise<bigint | undefined> {
  const has = (offset: bigint) => redpandaHas(at, ports, offset, signal);
  const end = await highest(known, has);
  return (await has(end)) ? end : undefined;
}

/** The least offset at or above `from` that the log has; `undefined` where none was found, which does not prove that there is none. */
export function redpandaStart(at: RedpandaPartition, ports: GatewayPorts, from: bigint, signal: AbortSignal): Promise<bigint | undefined> {
  return lowest(from, (offset) => redpandaHas(at, ports, offset, signal));
}
