/** How a bridge ends: the exit codes of `oriel bridge`. */
export const EXIT = {
  /** Stopped when asked to, or a replay that is done. */
  ok: 0,
  /** The source or the sink failed for good, or the two sides do not understand each other. */
  fault: 1,
  /** A setting is wrong; nothing was started. */
  settings: 2,
  /** The Worker or the partition's object refuses this bridge: token, topic, log, partitions or mode. */
  refused: 3,
  /** Another bridge has taken over. */
  superseded: 4,
} as const;

/** One of the numbers of `EXIT`, with which the process ends. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
