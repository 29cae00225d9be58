import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const LOOK_EVERY_MS = 250;

/** Resident memory of a process, in MiB. Linux alone tells it; elsewhere it throws. */
export function residentMiB(pid: number): number {
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);
}

/** Seconds of the processor that a process has had, all its threads counted. Linux alone tells it. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the process, in parentheses, may have spaces: the numbers begin behind it.
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

/** Bytes that a process has read so far, from files and sockets alike. Linux alone tells it. */
export function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/** Resident memory over time, in MiB. */
export interface Resident {
  /** The most of the first and of the last quarter of the time, and of all of it. */
  readonly first: number;
  readonly last: number;
  readonly peak: number;
}

/** Looks at a process' memory every 250 ms from now on. Gives what ends that, and tells what was seen. */
export function watchResident(pid: number): () => Resident {
  const seen = [residentMiB(pid)];
  const timer = setInterval(() => seen.push(residentMiB(pid)), LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    const quarter = Math.ceil(seen.length / 4);
    return { first: Math.max(...seen.slice(0, quarter)), last: Math.max(...seen.slice(-quarter)), peak: Math.max(...seen) };
  };
}
