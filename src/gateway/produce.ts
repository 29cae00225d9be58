import { OrielError } from '../core/errors.ts';
import { gatewayFault } from './fault.ts';
import type { Dialect, GatewayConnection, GatewayPorts } from './gateway.ts';
import type { GatewayAnswer } from './http.ts';
import { type Fate, refusalOf } from './produce-fate.ts';
import type { Sent } from './wave.ts';

/** Where outcomes go. */
export interface ProduceOptions extends GatewayPorts {
  readonly connection: GatewayConnection & { readonly dialect: Dialect };
  readonly topic: string;
}

/** One way of giving records to a gateway. */
export interface Produce {
  /** Whether it takes headers and a timestamp with each record. */
  readonly told: boolean;
  /**
   * One request with records of different keys. One fate for each.
   * @throws OrielError where nothing is known of any of them
   */
  send(sent: readonly Sent[], signal: AbortSignal): Promise<readonly Fate[]>;
}

/**
 * How long one request may take. A gateway waits up to a minute for a topic it does not know or a broker that is away, and then says so: an answer that is not waited for leaves it open whether
 * the records are stored.
 */
export const PRODUCE_TIMEOUT_MS = 75_000;

/** The fates of all records of a request that was refused as a whole. @throws OrielError where the answer says no such thing: what `gatewayFault` makes of it */
export function refusedAsWhole(answer: GatewayAnswer, sent: readonly Sent[], topic: string): readonly Fate[] {
  const said = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
  const code = answer.status === 413 ? 'TOO_LARGE' : SAYING.includes(answer.status) ? refusalOf(said) : undefined;
  if (code !== undefined) return sent.map(() => ({ is: 'refused', code, why: `the gateway answered ${answer.status}` }));
  throw lasting(gatewayFault(answer, `Writing outcomes to topic ${topic}`));
}

/** Statuses whose message says whether the records are at fault. */
const SAYING: readonly number[] = [400, 422];

/** A topic that is not found was there before, or its producer were not open: a broker that has just started may not know it yet. */
function lasting(fault: OrielError): OrielError {
  return fault.code === 'UNKNOWN_TOPIC' || fault.code === 'PARTITIONS'
    ? new OrielError(fault.code, fault.message, { retryable: true, cause: fault })
    : fault;
}
