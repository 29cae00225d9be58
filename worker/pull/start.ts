import { OrielError } from '../../src/core/errors.ts';
import { compareOffsets } from '../../src/core/record.ts';
import type { LogBounds, PartitionReader } from '../../src/gateway/gateway.ts';
import type { PullSettings } from './settings.ts';

export interface StartOptions extends Pick<PullSettings, 'from' | 'group'>, LogBounds {
  readonly topic: string;
  /** The partition was added to a topic that is known here (P10): all of it is new. */
  readonly isNew: boolean;
}

/**
 * Where a partition starts whose object has no position: at the group's, as far as the gateway tells it; else as `from` says. Where nothing is said there is nothing to choose in a log that is empty, nor in a new partition.
 * @throws OrielError `OPTION` where a choice has to be made
 */
export async function startOf(
  reader: Pick<PartitionReader, 'committed' | 'first'>,
  { from, group, topic, start, end, isNew }: StartOptions,
  signal: AbortSignal,
): Promise<string> {
  const committed = await reader.committed(signal);
  // One past the end is of another log.
  if (committed !== undefined && compareOffsets(committed, end) <= 0) return compareOffsets(committed, start) < 0 ? start : committed;
  if (from !== 'committed') return reader.first(from, signal);
  if (isNew || compareOffsets(start, end) >= 0) return start;
  throw new OrielError(
    'OPTION',
    `Group ${group} has no position in ${topic}, which holds records: say where to start with ORIEL_FROM=earliest, latest or an instant.`,
  );
}
