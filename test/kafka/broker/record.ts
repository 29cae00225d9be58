import type { MessageToProduce } from '@platformatic/kafka';

/** A record as a test writes it: a text stands for its UTF-8 bytes, `null` for none. */
export interface RecordToProduce {
  readonly key?: string | Buffer | null;
  /** `null`: a tombstone. */
  readonly value: string | Buffer | null;
  /** Default: by the key, or in turn. */
  readonly partition?: number;
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number;
  /** A name may occur twice. */
  readonly headers?: readonly (readonly [name: string, value: string | Buffer])[];
}

/** As the client takes it. Buffers are different keys of a map even where their bytes are the same: that is how a header can stand twice. */
export function toMessage(topic: string, { key, value, partition, timestamp, headers }: RecordToProduce): MessageToProduce {
  return {
    topic,
    ...(key === undefined || key === null ? {} : { key: bytes(key) }),
    ...(value === null ? {} : { value: bytes(value) }),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp: BigInt(timestamp) }),
    ...(headers === undefined ? {} : { headers: new Map(headers.map(([name, content]) => [Buffer.from(name), bytes(content)])) }),
  };
}

/** The client writes a distance of 2^31 ms or more to the first timestamp of a batch wrongly (2.12.1). */
const FAR_MS = 2 ** 31;

/** The records in runs that the client can send as one batch; in their order. */
export function runsOf(records: readonly RecordToProduce[], now: number): RecordToProduce[][] {
  const runs: RecordToProduce[][] = [];
  let [earliest, latest] = [0, 0];
  for (const record of records) {
    const at = record.timestamp ?? now;
    const run = runs.at(-1);
    if (run !== undefined && Math.max(latest, at) - Math.min(earliest, at) < FAR_MS) {
      run.push(record);
      [earliest, latest] = [Math.min(earliest, at), Math.max(latest, at)];
    } else {
      runs.push([record]);
      [earliest, latest] = [at, at];
    }
  }
  return runs;
}

function bytes(content: string | Buffer): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : content;
}
