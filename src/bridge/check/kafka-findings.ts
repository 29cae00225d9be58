import { OrielError } from '../../core/errors.ts';
import { EXIT } from '../exit.ts';
import type { TopicDescription } from '../kafka/topic.ts';
import type { BridgeConfiguration } from '../settings.ts';
import type { LogPosition } from './cluster.ts';
import { type Finding, fault, ok, open, thrown } from './finding.ts';
import type { Served } from './worker-findings.ts';

/** A topic to be read: that it is there, and keeps every event. `requireUncompacted` is the bridge's own rule. */
export function ofTopic(description: TopicDescription, requireUncompacted: (topic: TopicDescription) => void): Finding {
  const { topic, id, partitions, cleanupPolicy } = description;
  try {
    requireUncompacted(description);
  } catch (error) {
    if (error instanceof OrielError) return thrown(error);
    throw error;
  }
  const policy = cleanupPolicy === undefined ? 'cleanup.policy not shown to this user; it must not be compact' : `cleanup.policy=${cleanupPolicy}`;
  return ok(`Topic ${topic} is there: ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, id ${id}, ${policy}.`);
}

/** A topic to be written into. */
export function ofTarget({ topic, partitions }: TopicDescription, role: 'Outcome' | 'Dead-letter'): Finding[] {
  return [
    ok(`${role} topic ${topic} is there: ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}.`),
    open(`Whether this user may write to ${topic} shows only when something is written: it takes WRITE and DESCRIBE on the topic.`),
  ];
}

/** Whether the log is the one that the Worker's objects were fed from, as far as they were. */
export function ofIncarnation(served: Served, { topic, id }: TopicDescription, base: string): Finding {
  const stored = served.filter((one) => one.topic === topic && typeof one.status?.incarnation === 'string');
  const other = stored.find(({ status }) => status?.incarnation?.includes(id) !== true);
  if (other !== undefined)
    return fault(
      `Partition ${other.partition} of ${topic} was fed from another log (${other.status?.incarnation}); the topic now has id ${id}: it was made anew, or it is another cluster.`,
      `If that is meant, accept it: POST ${base}/v1/sources/${topic}/PARTITION/reset with the ingest token, for each partition.`,
      EXIT.refused,
    );
  return ok(
    stored.length === 0
      ? `No partition of ${topic} was fed from a log before.`
      : `The Worker's partitions of ${topic} were fed from this very topic.`,
  );
}

/**
 * Where each partition of a topic would begin, and whether that is known: where the Worker's object is, else where the group is, else as ORIEL_FROM says. `served` is
 * absent where the Worker could not be asked.
 */
export function ofPositions(
  topic: string,
  positions: readonly LogPosition[],
  served: Served | undefined,
  { from, group }: Pick<BridgeConfiguration, 'from' | 'group'>,
  base: string,
): Finding[] {
  const findings: Finding[] = [];
  let [byObject, byGroup] = [0, 0];
  for (const { partition, start, end, committed } of positions) {
    const next = served?.find((one) => one.topic === topic && one.partition === partition)?.status?.next ?? undefined;
    if (next === undefined) {
      if (committed !== undefined) byGroup += 1;
      continue;
    }
    byObject += 1;
    if (BigInt(next) > end)
      findings.push(
        fault(
          `Partition ${partition} of ${topic} ends at ${end}, before ${next}, which the Worker wants next: the log was cut or made anew.`,
          `If that is meant, accept it: POST ${base}/v1/sources/${topic}/${partition}/reset with the ingest token.`,
          EXIT.refused,
        ),
      );
    else if (BigInt(next) < start)
      findings.push(
        open(
          `Partition ${partition} of ${topic} begins at ${start}, after ${next}, which the Worker wants next: what lay between is gone, and is told as a gap.`,
        ),
      );
  }
  const rest = positions.length - byObject - byGroup;
  // The bridge's own rule: a partition that was added to a topic in which the group has positions begins at its start.
  const isNew = positions.every(({ committed }) => committed === undefined) && positions.some(({ start, end }) => end > start);
  if (rest > 0 && isNew && from === 'committed') return [...findings, choiceOf(topic, group, rest, served !== undefined)];
  const counts = [
    `${byObject} of ${positions.length} partitions go on where the Worker is`,
    `${byGroup} where group ${group} is`,
    `${rest} begin ${from === 'committed' ? 'at their start' : `at ${from}`}`,
  ];
  return [...findings, ok(`Positions in ${topic}: ${counts.join(', ')}.`)];
}

function choiceOf(topic: string, group: string, lacking: number, workerAsked: boolean): Finding {
  const lacks = `Group ${group} has no position in topic ${topic}, which holds records`;
  const choice = 'where it starts: --from earliest, --from latest, or --from an instant.';
  return workerAsked
    ? fault(`${lacks}, and for ${lacking} of its partitions the Worker has none either.`, `Choose ${choice}`, EXIT.settings)
    : open(`${lacks}, and the Worker could not be asked. Where that has none either, choose ${choice}`);
}

/** The right to read with the group. */
export function ofGroup(mayJoin: boolean | undefined, group: string): Finding {
  if (mayJoin === true) return ok(`This user may read with group ${group}.`);
  if (mayJoin === undefined) return open(`The broker does not tell whether this user may read with group ${group}: it takes READ on the group.`);
  return fault(
    `This user may not read with group ${group}.`,
    'Grant it READ on the group, or name another with ORIEL_GROUP (--group).',
    EXIT.refused,
  );
}
