import { describeMismatch, mismatchesOf, short } from './compare.ts';
import type { Output, Question, Scenario } from './format.ts';
import { generate, type Wish } from './generate.ts';
import { kafkaRows } from './kafka.ts';
import { orielRows } from './oriel.ts';

export type Runner = (question: Question) => Output[];

/** Each input is taken by a pipeline made anew from what the one before has stored. */
export const cut: Runner = (question) => orielRows(question, { cut: true });

/** The recorded runs of which a runner gives other rows: each with the first input where it does. */
export function differing(scenarios: readonly Scenario[], runner: Runner): string[] {
  return scenarios.flatMap((scenario) => {
    const [first] = mismatchesOf(scenario.inputs, scenario.outputs, runner(scenario));
    return first === undefined ? [] : [describeMismatch(scenario.id, first)];
  });
}

/** The same beside the model, on generated scenarios of each wish in turn: each is told whole, as small as it can be; its id tells the seed. */
export function differingFromModel(wishes: readonly Wish[], seeds: { readonly from: number; readonly count: number }, runner: Runner): string[] {
  return Array.from({ length: seeds.count }, (_, i) => generate(seeds.from + i, wishes[i % wishes.length])).flatMap((question) => {
    if (differenceOn(question, runner) === undefined) return [];
    const less = smallest(question, runner);
    const difference = differenceOn(less, runner);
    return difference === undefined ? [] : [`${short(less)} ${describeMismatch(less.id, difference)}`];
  });
}

/** Where Oriel and the model of Kafka Streams differ on a scenario: the first input, or nothing. */
export function differenceOn(question: Question, runner: Runner = orielRows): ReturnType<typeof mismatchesOf>[number] | undefined {
  return mismatchesOf(question.inputs, kafkaRows(question), runner(question))[0];
}

/** Leaves out inputs as long as the two still differ. */
export function smallest(question: Question, runner: Runner = orielRows): Question {
  let { inputs } = question;
  for (let size = Math.ceil(inputs.length / 2); size >= 1; ) {
    const shorter = chunksWithout(inputs, size).find((rest) => differenceOn({ ...question, inputs: rest }, runner) !== undefined);
    if (shorter !== undefined) inputs = shorter;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { ...question, inputs };
}

function chunksWithout<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => [...items.slice(0, i * size), ...items.slice((i + 1) * size)]);
}
