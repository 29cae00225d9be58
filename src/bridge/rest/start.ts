import { OrielError } from '../../core/errors.ts';
import type { PartitionReader } from '../../gateway/gateway.ts';
import { type StartOptions, startingOffset } from '../kafka/start.ts';
import { sentence } from '../sentence.ts';

export interface RestStartOptions extends Pick<StartOptions, 'topic' | 'partition' | 'partitions' | 'group' | 'from' | 'heldAtStart' | 'log'> {
  /** Of any partition of the topic. */
  readonly readerOf: (partition: number) => PartitionReader;
  readonly signal: AbortSignal;
}

/** K1, through a gateway. What other partitions have committed is asked for only where it matters: where nothing says where to start. @throws OrielError */
export async function restStart(options: RestStartOptions): Promise<string> {
  const { partition, from, readerOf, signal } = options;
  const reader = readerOf(partition);
  const committedOf = async (number: number): Promise<bigint | undefined> => {
    const committed = await readerOf(number).committed(signal);
    return committed === undefined ? undefined : BigInt(committed);
  };
  const first = async (at: 'earliest' | 'latest' | number) => BigInt(await reader.first(at, signal));
  const offset = await explained(from, () =>
    startingOffset({
      ...options,
      positions: {
        committed: async (_, numbers) => {
          const own = await committedOf(partition);
          if (own !== undefined || from !== 'committed') return numbers.map((number) => (number === partition ? own : undefined));
          return Promise.all(numbers.map((number) => (number === partition ? own : committedOf(number))));
        },
        commit: async ([position]) => {
          if (position !== undefined) await reader.commit(String(position.offset), signal);
        },
      },
      offsets: { start: () => first('earliest'), end: () => first('latest'), from: (_topic, _partition, instant) => first(instant) },
    }),
  );
  return String(offset);
}

/** That a choice has to be made, with what a gateway adds to it: of the four, Confluent's alone tells what a group has committed. */
async function explained(from: StartOptions['from'], choose: () => Promise<bigint>): Promise<bigint> {
  try {
    return await choose();
  } catch (error) {
    if (from !== 'committed' || !(error instanceof OrielError && error.code === 'OPTION')) throw error;
    throw new OrielError(
      'OPTION',
      `${sentence(error.message)} Not every gateway tells what a group has committed: where the object has no position either, it has to be said.`,
      {
        cause: error,
      },
    );
  }
}
