/** A member of a consumer group, and the topics that it reads. */
interface Member {
  readonly topics?: readonly string[];
}

/** The partitions of one topic that one member gets. */
interface Share {
  readonly topic: string;
  readonly partitions: number[];
}

interface Metadata {
  readonly topics: ReadonlyMap<string, { readonly partitionsCount: number } | undefined>;
}

/**
 * Who reads what, as the leader of a group decides it: every partition goes to a member that has subscribed to its topic, in turn, also where members read different topics.
 * (The client's own way gives the leader's topics to everyone, and the topics that the leader does not read to nobody.)
 */
export function assignBySubscription(
  _leader: string,
  members: ReadonlyMap<string, Member>,
  _topics: unknown,
  { topics }: Metadata,
): { memberId: string; assignments: Map<string, Share> }[] {
  const shares = [...members.keys()].sort().map((memberId) => ({ memberId, assignments: new Map<string, Share>() }));
  const all = new Set([...members.values()].flatMap((member) => member.topics ?? []));
  let turn = 0;
  for (const topic of [...all].sort()) {
    const readers = shares.filter(({ memberId }) => members.get(memberId)?.topics?.includes(topic));
    for (let partition = 0; partition < (topics.get(topic)?.partitionsCount ?? 0); partition++) {
      const reader = readers[turn++ % readers.length];
      const share = reader?.assignments.get(topic);
      if (share === undefined) reader?.assignments.set(topic, { topic, partitions: [partition] });
      else share.partitions.push(partition);
    }
  }
  return shares;
}
