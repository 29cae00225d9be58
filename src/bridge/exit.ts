import { type Code, OrielError } from '../core/errors.ts';

/** How a bridge ends: the exit codes of `oriel bridge`. */
export const EXIT = {
  /** Stopped when asked to, or a replay that is done. */
  ok: 0,
  /** The source or the sink failed for good, or the two sides do not understand each other. */
  fault: 1,
  /** A setting is wrong; nothing was started. */
  settings: 2,
  /** The Worker, the partition's object or the cluster refuses this bridge: token, rights, topic, log, partitions or mode. */
  refused: 3,
  /** Another bridge has taken over. */
  superseded: 4,
} as const;

/** One of the numbers of `EXIT`, with which the process ends. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_OF: Readonly<Partial<Record<Code, ExitCode>>> = {
  OPTION: EXIT.settings,
  NOT_ALLOWED: EXIT.refused,
  UNKNOWN_TOPIC: EXIT.refused,
  COMPACTED: EXIT.refused,
};

/** The exit code of an error that ended a bridge: whether another start can help is told by it. */
export function exitOf(error: unknown): ExitCode {
  return (error instanceof OrielError ? EXIT_OF[error.code] : undefined) ?? EXIT.fault;
}
