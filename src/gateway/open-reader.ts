import type { PartitionReader, ReaderOptions } from './gateway.ts';
import { InstanceReader } from './instance-reader.ts';
import { RedpandaReader } from './redpanda-reader.ts';

/** A reader of one partition, by the way of its dialect. Asks nothing yet. */
export function openReader(options: ReaderOptions): PartitionReader {
  const { dialect } = options.connection;
  return dialect === 'redpanda' ? new RedpandaReader(options) : new InstanceReader(options, dialect);
}
