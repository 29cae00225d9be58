import type { LabState } from '../lab/state.ts';
import type { Tone } from '../words.ts';

export interface Standing {
  readonly text: string;
  readonly tone: Tone;
}

/** What stands still in the lab, and why; where nothing does, how fast time goes. */
export function standingOf(state: LabState): Standing {
  const { engine, behind, idle, running, speed, realSpeed } = state;
  const parts: string[] = [];
  if (engine === 'killed') parts.push(`the engine is killed: nothing is read or closes until it is restored${waiting(state)}`);
  if (engine === 'asleep') parts.push('the computer sleeps: nothing runs until it wakes');
  if (behind && engine === 'running') parts.push(`the source is behind: what is due is held, not decided${waiting(state)}`);
  if (idle) parts.push(`nobody does anything any more${silence(state)}`);
  const tone: Tone = engine !== 'running' ? 'bad' : behind || idle || !running ? 'warning' : 'good';
  const asked = `×${speed.toLocaleString('en')}`;
  if (running && realSpeed !== null) {
    parts.push(`time runs ×${Math.round(realSpeed).toLocaleString('en')}, not ${asked}: this computer can do no more`);
  } else if (running && parts.length === 0) parts.push(`time runs ${asked}`);
  if (!running) parts.push(parts.length === 0 ? 'paused: the clock stands still' : 'paused');
  return { text: capital(parts.join('; ')), tone };
}

function waiting({ records, now }: LabState): string {
  const count = records.filter(({ delivered, appended }) => delivered === null && appended <= now).length;
  return count === 0 ? '' : count === 1 ? ', 1 record waits' : `, ${count.toLocaleString('en')} records wait`;
}

function silence({ compared, live }: LabState): string {
  if (compared.silent > 0) return `: our windows still close on time, and Kafka Streams owes ${count(compared.silent)}`;
  return live.open.size > 0 ? ': our windows will still close on time' : '';
}

function count(answers: number): string {
  return answers === 1 ? 'an answer' : `${answers.toLocaleString('en')} answers`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
