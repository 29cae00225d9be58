import { z } from 'zod';
import { concatenatedJson } from './concatenated-json.ts';
import { callGateway } from './http.ts';
import { PRODUCE_TIMEOUT_MS, type Produce, type ProduceOptions, refusedAsWhole } from './produce.ts';
import { type Fate, fateOf, unknownFate } from './produce-fate.ts';
import type { Sent } from './wave.ts';

const Report = z.object({ error_code: z.number().int(), message: z.string().nullish() });

/**
 * Confluent's v3 API: `POST /v3/clusters/ID/topics/TOPIC/records`, a stream of objects that stand one after the other, both ways. The status is 200 as soon as the stream is open; the reports come in
 * the order of the records, each with a code of its own, 200 for stored. What was reported before a stream broke is sure.
 *
 * Not `records:batch`: it takes 10 records at most unless its operator set another number, which cannot be asked for; a stream takes a whole wave, and is there wherever v3 is.
 */
export class ProduceV3 implements Produce {
  readonly told = true;
  readonly #options: ProduceOptions;

  constructor(options: ProduceOptions) {
    this.#options = options;
  }

  async send(sent: readonly Sent[], signal: AbortSignal): Promise<readonly Fate[]> {
    const { connection, topic } = this.#options;
    const answer = await callGateway(connection, this.#options, {
      method: 'POST',
      path: `/topics/${encodeURIComponent(topic)}/records`,
      accept: 'application/json',
      contentType: 'application/json',
      body: sent.map((one) => JSON.stringify(shown(one))).join('\n'),
      timeoutMs: PRODUCE_TIMEOUT_MS,
      signal,
    });
    if (answer.status >= 300) return refusedAsWhole(answer, sent, topic);
    const { values } = typeof answer.body === 'string' ? concatenatedJson(answer.body) : { values: [answer.body] };
    if (values.length > sent.length) {
      const why = `The gateway gave ${values.length} reports for ${sent.length} records of topic ${topic}: which of them are stored is not known.`;
      return sent.map(() => unknownFate(why));
    }
    const fates = values.map((value) => this.#fateOf(value));
    // A record that is too large ends the stream: those behind it are without a report for its sake, and are stored by themselves.
    const last = fates.at(-1);
    const unsaid =
      last?.is === 'refused' ? last : unknownFate(`The gateway broke off after ${fates.length} of ${sent.length} reports about topic ${topic}.`);
    return sent.map((_, i) => fates[i] ?? unsaid);
  }

  #fateOf(value: unknown): Fate {
    const { topic } = this.#options;
    const report = Report.safeParse(value);
    if (!report.success) return unknownFate(`The gateway's report about a record of topic ${topic} is not understood.`);
    const { error_code: code, message } = report.data;
    return code === 200 ? { is: 'stored' } : fateOf({ code, kafka: false, message: message ?? '' }, topic);
  }
}

function shown({ record: { key, value, told } }: Sent) {
  return {
    key: { type: 'BINARY', data: key },
    value: { type: 'BINARY', data: value },
    ...(told === undefined
      ? {}
      : { timestamp: new Date(told.timestamp).toISOString(), headers: told.headers.map(([name, text]) => ({ name, value: text })) }),
  };
}
