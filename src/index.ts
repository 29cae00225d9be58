export * from './core/index.ts';
export type { DescribeOptions, Description } from './describe.ts';
export { describe } from './describe.ts';
export type { Awaitable, Clock, Commit, KeyChange, Output, StateStore, WakeTimer } from './ports.ts';
export type { ProcessorOptions } from './processor.ts';
export { Processor } from './processor.ts';
export type {
  GroupByKeyOptions,
  JoinOutput,
  JoinWithinOptions,
  Keyed,
  ReduceWindowOptions,
  RunOptions,
  Sided,
  ThroughOptions,
  Unkeyed,
  Windowed,
  WindowOutput,
} from './rxjs.ts';
export {
  closed,
  groupByKey,
  innerJoin,
  late,
  leftJoin,
  outerJoin,
  reduceWindow,
  rejected,
  runSync,
  stateless,
  through,
  updates,
  windowed,
} from './rxjs.ts';
export { MemoryStore } from './stores/memory.ts';
export type { TimeoutHost } from './timers/timeout.ts';
export { TimeoutTimer, timeoutHost } from './timers/timeout.ts';
export type { Parsed, RawRecord, Stateless, Topology, TopologyOptions } from './topology.ts';
export { topology } from './topology.ts';
