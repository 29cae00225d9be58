import { OrielError } from '../../core/errors.ts';
import type { Position } from './group.ts';
import type { Offsets } from './offsets.ts';

export interface StartOptions {
  readonly topic: string;
  readonly partition: number;
  /** How many the topic has. */
  readonly partitions: number;
  readonly group: string;
  readonly from: 'committed' | 'earliest' | 'latest' | number;
  /** The offsets of the group. */
  readonly positions: {
    committed(topic: string, partitions: readonly number[]): Promise<readonly (bigint | undefined)[]>;
    commit(positions: readonly Position[]): Promise<void>;
  };
  readonly offsets: Pick<Offsets, 'start' | 'from' | 'end'>;
  /** Records that the topic held when the bridge started: one who begins to produce then has to be told nothing. */
  readonly heldAtStart: bigint;
  readonly log: (line: string) => void;
}

/**
 * Where to start a partition whose object has no position: at the group's; else as `from` says. It becomes the group's position at once, so that whoever starts next does not
 * choose anew, and skips nothing that came in between.
 *
 * Without a choice (`committed`) there is nothing to choose in a topic that is empty, nor in a partition that was added to a topic in which the group has positions: both start at their first offset.
 * @throws OrielError `OPTION` where a choice has to be made.
 */
export async function startingOffset(options: StartOptions): Promise<bigint> {
  const { topic, partition, partitions, positions, offsets, from, group, log } = options;
  const committed = await positions.committed(
    topic,
    Array.from({ length: partitions }, (_, i) => i),
  );
  const own = committed[partition];
  if (own !== undefined && own > (await offsets.end(topic, partition)))
    log(`Position ${own} of group ${group} lies past the end of partition ${partition} of ${topic}: it is of another log, and does not count.`);
  else if (own !== undefined) {
    log(`The object has no position in partition ${partition} of ${topic}: starting at ${own}, the position of group ${group}.`);
    return own;
  }
  const start = await chosen();
  if (from !== 'committed') log(`Partition ${partition} of ${topic} starts at offset ${start}, as ORIEL_FROM says.`);
  await positions.commit([{ topic, partition, offset: start }]);
  return start;

  async function chosen(): Promise<bigint> {
    if (from === 'earliest') return offsets.start(topic, partition);
    if (typeof from === 'number') return offsets.from(topic, partition, from);
    if (from === 'latest') return offsets.end(topic, partition);
    if (options.heldAtStart > 0n && committed.every((offset) => offset === undefined))
      throw choiceNeeded(group, topic, `about ${options.heldAtStart} records`);
    return offsets.start(topic, partition);
  }
}

/** What a group without a position has to be told. */
function choiceNeeded(group: string, topic: string, held: string): OrielError {
  return new OrielError(
    'OPTION',
    `Consumer group ${group} has no position in topic ${topic}, which holds ${held}. Say where to start, once: ORIEL_FROM (--from) earliest, latest, or an instant such as 2026-11-23T14:00:00Z.`,
  );
}
