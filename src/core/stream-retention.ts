import type { WindowKind } from './window.ts';

/**
 * What of its windows a kind remembers in `stream` mode: Kafka Streams' stores measure that not by the watermark, but by the greatest start, or end, that any window has had.
 * Otherwise they are remembered for `leastMs`, since later windows are made from them.
 */
export function streamRetention(by: 'start' | 'end', leastMs: number): Pick<WindowKind, 'bounded' | 'forgetsUpTo' | 'retentionMs'> {
  return {
    bounded({ definition: { time }, state }, bounds) {
      if (time.mode === 'stream' && time.scope === 'partition') state.put = Math.max(state.put, bounds[by]);
    },
    forgetsUpTo: ({ definition: { time }, state, watermark }) => (time.mode === 'stream' && time.scope === 'partition' ? state.put : watermark),
    // Just as long as was said, where that is part of the results.
    retentionMs: ({ time, retentionMs }) => (time.mode === 'stream' ? retentionMs : Math.max(retentionMs, leastMs)),
  };
}
