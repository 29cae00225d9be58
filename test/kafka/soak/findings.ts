import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from '../../soak/verdict.ts';
import { ROOT } from '../../support/source.ts';
import { LogBook } from './log-book.ts';
import { OUTCOMES, PARTITIONS, type Scene, TOPIC } from './scene.ts';
import { placesOf, type ToldInTopic, toldIn } from './told.ts';

/** What the two topics hold at the end, and what is wrong with it: by kind, a line each. */
export interface Findings {
  readonly book: LogBook;
  readonly told: ToldInTopic;
  readonly wrong: Readonly<Record<string, readonly string[]>>;
  /** Outcomes by id, and how often one came again. */
  readonly outcomes: number;
  readonly duplicates: number;
}

export async function findIn(
  { topics, system, customers, positions, route }: Scene,
  { sizeMs, graceMs }: { readonly sizeMs: number; readonly graceMs: number },
): Promise<Findings> {
  const book = new LogBook(await topics.readAll(TOPIC), customers.attempts, { topic: TOPIC, partitions: PARTITIONS, sizeMs, graceMs });
  const told = toldIn(await topics.readAll(OUTCOMES), PARTITIONS, await placesOf(system, TOPIC, PARTITIONS), route);
  const { malformed, disordered, untold } = told;
  const { outcomes, duplicates, lost, missed, false: not, early, unequal } = judge(book.judged(told.outcomes), book.expected(), PARTITIONS);
  const wrong = { lost, missed, false: not, early, unequal, malformed, disordered, untold, ahead: positions.ahead, broken: book.broken };
  return { book, told, wrong, outcomes, duplicates };
}

/** The figures of a run, for one line. */
export function figuresOf({ havoc, customers, positions, network }: Scene, { book, wrong, outcomes, duplicates }: Findings): string {
  const { bridge, workerd, broker, gateway } = havoc.kills;
  const late = [...book.ended().values()].reduce((sum, ended) => sum + ended.late, 0);
  return [
    `kills ${bridge + workerd + broker + gateway} (bridges ${bridge}, workerd ${workerd}, broker ${broker}, gateway ${gateway})`,
    ...(network === undefined ? [] : [`calls ${JSON.stringify(network.fates)}`]),
    `guests ${havoc.guests.length}`,
    `records ${book.records}, late ${late}`,
    `sends repeated ${customers.retried}, records that stand unacknowledged ${book.unacknowledged}`,
    `records at most ${book.stalest} ms old, customers not judged for it ${book.undecided.size}`,
    `outcomes ${outcomes}, duplicates ${duplicates}`,
    `held at most ${positions.held}`,
    `commits looked at ${positions.looks} times, ahead ${positions.ahead.length}, back ${positions.back.length}`,
    `${wrong.lost?.length} lost, ${wrong.false?.length} false, ${wrong.missed?.length} missed`,
  ].join('; ');
}

/** Keeps what a failed run has found and what its processes said; gives the folder. */
export function keep(seed: number, { system, broker, customers, positions }: Scene, findings: Findings | undefined): string {
  const folder = join(ROOT, 'test/artifacts', `kafka-soak-${seed}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'said.txt'), `${system.said()}\nbroker:\n${broker.said()}`);
  const { ahead, back } = positions;
  const found = { ahead, back, attempts: customers.attempts, wrong: findings?.wrong, outcomes: findings?.told.outcomes };
  writeFileSync(join(folder, 'found.json'), JSON.stringify(found, null, 1));
  return folder;
}
