import { partitionOfBytes } from '../../../src/protocol/murmur2.ts';
import type { NewLogRecord } from './log.ts';

/** Where a producer of Java puts a record that names no partition: by its key; one without goes into the first, though a real one takes turns. */
export function placed({ key }: NewLogRecord, partitions: number): number {
  return key === null || partitions === 0 ? 0 : partitionOfBytes(key, partitions);
}
