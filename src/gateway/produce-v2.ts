import { z } from 'zod';
import { partitionOf } from '../protocol/murmur2.ts';
import type { Dialect } from './gateway.ts';
import { callGateway } from './http.ts';
import { PartitionCount } from './partition-count.ts';
import { PRODUCE_TIMEOUT_MS, type Produce, type ProduceOptions, refusedAsWhole } from './produce.ts';
import { type Fate, fateOf, unknownFate } from './produce-fate.ts';
import type { Sent } from './wave.ts';

const Report = z.object({
  partition: z.number().int().nullish(),
  offset: z.number().nullish(),
  error_code: z.number().int().nullish(),
  error: z.string().nullish(),
  message: z.string().nullish(),
});
type Report = z.infer<typeof Report>;

const Reports = z.object({ offsets: z.array(Report) });

/**
 * `POST /topics/TOPIC` with records in base64. The status says nothing of the records: 200 comes with failed ones, Karapace's 422 with stored ones; each report says what became of one.
 *
 * Where a key goes is Java's rule at Confluent's and Strimzi's, whose producers are Java's. Karapace's (librdkafka) goes by CRC-32, Redpanda's by murmur2 with its highest bit, so these two are told
 * the partition. Redpanda reports once for each partition, in any order.
 */
export class ProduceV2 implements Produce {
  readonly told: boolean;
  readonly #options: ProduceOptions;
  readonly #dialect: Dialect;
  readonly #count: PartitionCount | undefined;

  constructor(options: ProduceOptions) {
    this.#options = options;
    this.#dialect = options.connection.dialect;
    this.told = this.#dialect === 'strimzi';
    this.#count = this.#dialect === 'karapace' || this.#dialect === 'redpanda' ? new PartitionCount(options) : undefined;
  }

  async send(sent: readonly Sent[], signal: AbortSignal): Promise<readonly Fate[]> {
    const count = await this.#count?.ask(signal);
    const partitions = sent.map(({ record }) => (count === undefined ? undefined : partitionOf(record.name, count)));
    const fates = await this.#post(sent, partitions, signal).catch((error: unknown) => {
      this.#count?.forget();
      throw error;
    });
    if (fates.some(({ is }) => is === 'failed')) this.#count?.forget();
    return fates;
  }

  async #post(sent: readonly Sent[], partitions: readonly (number | undefined)[], signal: AbortSignal): Promise<readonly Fate[]> {
    const { connection, topic } = this.#options;
    const answer = await callGateway(connection, this.#options, {
      method: 'POST',
      path: `/topics/${encodeURIComponent(topic)}`,
      accept: 'application/vnd.kafka.v2+json',
      contentType: 'application/vnd.kafka.binary.v2+json',
      body: JSON.stringify({ records: sent.map((one, i) => shown(one, partitions[i])) }),
      timeoutMs: PRODUCE_TIMEOUT_MS,
      signal,
    });
    const parsed = Reports.safeParse(answer.body);
    if (parsed.success && (answer.status === 200 || answer.status === 422)) {
      const { offsets } = parsed.data;
      return this.#dialect === 'redpanda' ? this.#byPartition(offsets, partitions) : this.#inOrder(offsets, sent.length);
    }
    if (answer.status >= 300) return refusedAsWhole(answer, sent, topic);
    return sent.map(() => unknownFate(`The gateway's answer about topic ${topic} is not understood: no reports.`));
  }

  #inOrder(reports: readonly Report[], records: number): readonly Fate[] {
    if (reports.length === records) return reports.map((report) => this.#fateOf(report));
    const why = `The gateway gave ${reports.length} reports for ${records} records of topic ${this.#options.topic}: which of them are stored is not known.`;
    return Array.from({ length: records }, () => unknownFate(why));
  }

  #byPartition(reports: readonly Report[], partitions: readonly (number | undefined)[]): readonly Fate[] {
    return partitions.map((partition) => {
      const fates = reports.filter((report) => report.partition === partition).map((report) => this.#fateOf(report));
      return (
        fates.find(({ is }) => is !== 'stored') ??
        fates[0] ??
        unknownFate(`The gateway said nothing about partition ${partition} of topic ${this.#options.topic}.`)
      );
    });
  }

  #fateOf({ offset, error_code, error, message }: Report): Fate {
    const { topic } = this.#options;
    const said = error ?? message ?? '';
    const failed = said !== '' || (error_code ?? 0) !== 0;
    if (failed) return fateOf({ code: error_code ?? 0, kafka: this.#dialect === 'redpanda', message: said }, topic);
    return typeof offset === 'number' ? { is: 'stored' } : unknownFate(`The gateway gave no offset for a record of topic ${topic}.`);
  }
}

function shown({ record: { key, value, told } }: Sent, partition: number | undefined) {
  return {
    ...(partition === undefined ? {} : { partition }),
    key,
    value,
    ...(told === undefined ? {} : { timestamp: told.timestamp, headers: told.headers.map(([name, text]) => ({ key: name, value: text })) }),
  };
}
