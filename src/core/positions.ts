import { isAfter, type LogSource, logOf } from './record.ts';

/** The last offset taken of each log (`logOf`): at or below it is a duplicate (R5). A key mostly knows one log: that one stands in the key itself. */
export interface Positions {
  /** Empty where there is none yet. */
  log: string;
  offset: string;
  otherLogs: Map<string, string> | undefined;
}

/** The positions as pairs of log and offset, in the order in which the logs came. */
export function positionsOf({ log, offset, otherLogs }: Positions): (readonly [string, string])[] {
  return log === '' ? [] : [[log, offset], ...(otherLogs ?? [])];
}

export function setPosition(positions: Positions, log: string, offset: string): void {
  if (positions.log === log) {
    positions.offset = offset;
  } else if (positions.log === '') {
    positions.log = log;
    positions.offset = offset;
  } else {
    positions.otherLogs ??= new Map();
    positions.otherLogs.set(log, offset);
  }
}

/** Whether the log of a source has been taken up to it, or beyond. */
export function isTaken(positions: Positions, source: LogSource): boolean {
  const log = logOf(source);
  const offset = positions.log === log ? positions.offset : positions.otherLogs?.get(log);
  return offset !== undefined && !isAfter(source.offset, offset);
}
