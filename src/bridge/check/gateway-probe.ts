import { z } from 'zod';
import { messageOf, OrielError } from '../../core/errors.ts';
import type { GatewayConnection } from '../../gateway/gateway.ts';
import type { Batch } from '../../protocol/source-record.ts';
import { EXIT } from '../exit.ts';
import type { Gateway } from '../rest/gateway.ts';
import { type Finding, fault, ok, open, thrown } from './finding.ts';

const Created = z.object({ base_uri: z.string() });
/** Long enough for a gateway to bring what is there. */
const WAIT_MS = 2_000;
const MOST_BYTES = 65_536;

/** A `fetch` that notes where a gateway says that the consumer instances live which it has made. */
export class Overheard {
  /** What the last `base_uri` said. */
  baseUri: string | undefined;
  readonly fetch: typeof globalThis.fetch;

  constructor(fetch: typeof globalThis.fetch) {
    this.fetch = async (input, init) => {
      const response = await fetch(input, init);
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (init?.method === 'POST' && /\/consumers\/[^/]+$/.test(pathname) && response.ok)
        this.baseUri = Created.safeParse(await response.clone().json().catch(messageOf)).data?.base_uri;
      return response;
    };
  }
}

export interface Probe {
  /** A gateway with a group that nobody else has. */
  readonly gateway: Gateway;
  readonly connection: GatewayConnection;
  readonly overheard: Pick<Overheard, 'baseUri'>;
  readonly topic: string;
  readonly partition: number;
  readonly signal: AbortSignal;
}

/** Reads one record by a consumer of its own, as a bridge does, and lets go of it again: nothing is committed. */
export async function* probe({ gateway, connection, overheard, topic, partition, signal }: Probe): AsyncGenerator<Finding> {
  const reader = gateway.reader(topic, partition);
  try {
    const { start, end } = await reader.describe(signal);
    yield await ofEnd(reader.endAt(end, signal));
    const from = BigInt(end) > BigInt(start) ? String(BigInt(end) - 1n) : start;
    const batch = await reader.poll(from, { maxBytes: MOST_BYTES, waitMs: WAIT_MS, signal });
    yield ok(
      overheard.baseUri === undefined
        ? `Topic ${topic} can be read by offset, without a consumer.`
        : `A consumer can be made, assigned, sought to an offset and polled; it was let go again.`,
    );
    yield* ofPlace(connection, overheard.baseUri);
    yield ofTimestamps(batch, topic);
  } catch (error) {
    yield* ofPlace(connection, overheard.baseUri);
    yield error instanceof OrielError && error.retryable ? fault(messageOf(error), remedyOf(error), EXIT.fault) : thrown(error);
  } finally {
    await reader.close(signal);
  }
}

async function ofEnd(asking: Promise<{ readonly clock: number; readonly end: string } | { readonly unproven: string }>): Promise<Finding> {
  const found = await asking;
  return 'end' in found
    ? ok('The gateway tells where a partition ends, which a claim rests on.')
    : open(`Where a partition ends is not proven just now, and windows are held for as long: ${found.unproven}`);
}

/** Whether calls on a consumer go where it lives. */
function* ofPlace({ base, instances }: GatewayConnection, baseUri: string | undefined): Generator<Finding> {
  if (baseUri === undefined || !URL.canParse(baseUri)) return;
  const [set, said] = [new URL(base), new URL(baseUri)];
  if (set.host === said.host) return;
  yield open(
    instances === 'follow'
      ? `The gateway says that its consumers live at ${said.origin}, which ORIEL_REST_INSTANCES=follow goes to, with the credentials: it has to be reached from here.`
      : `The gateway says that its consumers live at ${said.origin}, and ORIEL_REST_INSTANCES=own asks ${set.origin} for them. That is right for one gateway behind another name; of several, each knows its own alone: set it to follow, or send all calls of a consumer to the same one.`,
  );
}

function ofTimestamps({ records }: Batch, topic: string): Finding {
  const [record] = records;
  if (record === undefined) return open(`Topic ${topic} gave no record, so whether records come with timestamps shows with the first.`);
  return record.timestamp === undefined
    ? open('Records come without timestamps: each value has to say its own, as "timestamp"; nobody can tell that of those that are not read yet.')
    : ok('Records come with their timestamps.');
}

function remedyOf(error: OrielError): string {
  return /ORIEL_REST_INSTANCES/.test(error.message)
    ? ''
    : 'Look at the log of the gateway. Where several stand behind one name, a consumer lives in one of them: set ORIEL_REST_INSTANCES=follow, or send all its calls to the same one.';
}
