import type { ScenarioHands, ScenarioRecord } from '../../gateway/recorded/scenario.ts';
import type { RecordToProduce } from '../broker/record.ts';
import type { Topics } from '../broker/topics.ts';

/** The hands of the recorded scenario in a real broker. */
export function handsOf(hands: Topics): ScenarioHands {
  let transactions = 0;
  const toProduce = ({ headers = [], ...record }: ScenarioRecord): RecordToProduce => ({ ...record, partition: 0, headers });
  return {
    produce: (topic, records) => hands.produce(topic, records.map(toProduce)),
    begin: async (topic) => {
      transactions += 1;
      const open = await hands.begin(`recorded-${transactions}`);
      return { produce: (records) => open.produce(topic, records.map(toProduce)), end: (how) => open[how]() };
    },
    deleteBelow: (topic, offset) => hands.deleteRecords(topic, 0, BigInt(offset)),
    committed: async (group, topic) => (await hands.committedOffsets(group, topic))[0]?.toString(),
  };
}
