import { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import { bodyOf } from './fault.ts';
import type { GatewayAnswer } from './http.ts';
import { GatewayRecord } from './records.ts';
import { wholeItems } from './whole-items.ts';

const Records = z.array(GatewayRecord);

export interface PollAnswer {
  /** In their order; of a cut answer, those that lie whole in it. */
  readonly records: readonly GatewayRecord[];
  readonly cut: boolean;
}

/**
 * The records of one answer of 2xx.
 * @throws OrielError `UNAVAILABLE` where it is none of this partition, or its offsets do not rise: then nothing in it is to be believed
 */
export function pollAnswerOf(answer: GatewayAnswer, topic: string, partition: number): PollAnswer {
  const what = `reading ${topic}-${partition}`;
  const cut = answer.cut !== undefined;
  const records = bodyOf(cut ? { ...answer, body: itemsOf(answer.cut) } : answer, Records, what);
  const other = records.find((record) => record.topic !== topic || record.partition !== partition);
  if (other !== undefined) throw wrong(`${what}: the gateway gave a record of ${other.topic}-${other.partition}`);
  let last = -1n;
  for (const { offset } of records) {
    if (offset <= last) throw wrong(`${what}: the gateway gave offset ${offset} after ${last}`);
    last = offset;
  }
  return { records, cut };
}

/** `undefined` for text that begins no list, or holds what is no JSON. */
function itemsOf(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    return wholeItems(text);
  } catch {
    return undefined;
  }
}

/** Bytes of keys and values, as a gateway counts them against the bytes asked for. */
export function bytesOf(records: readonly GatewayRecord[]): number {
  const bytes = (base64: string | null | undefined) => (base64 == null ? 0 : (base64.replace(/=+$/, '').length * 3) >> 2);
  return records.reduce((sum, { key, value }) => sum + bytes(key) + bytes(value), 0);
}

function wrong(message: string): OrielError {
  return new OrielError('UNAVAILABLE', message, { retryable: true });
}
