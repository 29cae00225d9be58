import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Confirmation, KeyedObject } from '../../../src/durable-object.ts';
import { NEVER, type Result, type StreamRecord, type Topology, topology } from '../../../src/index.ts';
import type { Output, Question, Row, Scenario } from '../../conformance/format.ts';
import { generate } from '../../conformance/generate.ts';
import { kafkaRows } from '../../conformance/kafka.ts';
import { emissionOf, reducerOf, retentionOf, windowsOf } from '../../conformance/oriel-windows.ts';
import windows from '../../conformance/windows.json' with { type: 'json' };
import { customer, HOME, inside, useWorld } from './world.ts';

useWorld();

type Value = string | null;

function topologyOf({ window, agg, emit = 'update', limit, buffer, retention }: Question): Topology<Value> {
  if (window === undefined) throw new Error('a scenario of windows is asked for');
  return topology({
    name: 'conformance',
    events: z.unknown(),
    key: () => '',
    windows: windowsOf(window),
    reducer: reducerOf(agg),
    ...emissionOf(emit, limit, buffer),
    retention: retentionOf(window, retention),
    time: { mode: 'stream', scope: 'partition' },
  }) as Topology<Value>;
}

/** What an object is told at an input: a record of its own or of none, and how far time has come before and after it. */
interface Turn {
  readonly record: StreamRecord<Value> | undefined;
  readonly before: number | null;
  readonly after: number | null;
}

/** The results of one key, turn for turn, in an object of its own, emptied for each scenario; it starts anew from its storage at every turn. */
function resultsOf(its: Topology<Value>, key: string, turns: readonly Turn[]): Promise<Result[][]> {
  const home = (): never => {
    throw new Error('nothing is asked of the partition in stream mode');
  };
  return inside(customer(`conformance ${key}`), async ({ storage }) => {
    await storage.deleteAll();
    let confirmed: Confirmation | undefined;
    const results: Result[][] = [];
    for (const { record, before, after } of turns) {
      const object = new KeyedObject({ storage, topology: its, key, clock: { now: () => Date.now() }, home });
      await object.start();
      const records = record === undefined ? [] : [{ record, watermark: before }];
      const answer = object.apply({ records, watermark: after, now: Date.now(), home: HOME, confirmed });
      confirmed = answer.confirmation;
      results.push(answer.mail.flatMap((mail) => (mail.kind === 'result' ? [mail.result] : [])));
    }
    return results;
  });
}

/**
 * The rows of a scenario as objects give them, input for input and key by key: one object has one key, so what Kafka tells of several keys at an input is told by several
 * objects, and has an order in each of them alone. The part of the partition's object, which tells them all how far time has come, is played here.
 */
async function rowsOf(question: Question): Promise<Record<string, Row[]>[]> {
  const its = topologyOf(question);
  const tellsFinals = question.emit === 'close' || question.emit === 'suppress';
  const told = question.inputs.map((): Record<string, Row[]> => ({}));
  const keys = new Set(question.inputs.flatMap((input) => ('wall' in input || input[0] === null ? [] : [input[0]])));
  for (const key of keys) {
    const results = await resultsOf(its, key, turnsOf(question, key));
    for (const [index, of] of results.entries()) {
      const rows = of.filter(({ final }) => final === tellsFinals).map(rowOf);
      if (rows.length > 0) (told[index] as Record<string, Row[]>)[key] = rows;
    }
  }
  return told;
}

function turnsOf({ inputs, window }: Question, key: string): Turn[] {
  let time: number | null = null;
  return inputs.map((input, index) => {
    const before = time;
    const [own, value, timestamp] = 'wall' in input ? [null, null, 0] : (input as [string | null, Value, number]);
    // What is refused moves nothing.
    if (own === null || (window?.type === 'sliding' && value === null)) return { record: undefined, before, after: time };
    time = Math.max(time ?? 0, timestamp);
    const source = { topic: 'kafka', partition: 0, incarnation: 'log-1', offset: String(index) };
    return { record: own === key ? { key, value, timestamp, source } : undefined, before, after: time };
  });
}

function rowOf({ key, window, value, timestamp }: Result): Row {
  const { start = 0, end = 0 } = window ?? {};
  return [key, start, end === NEVER ? 'MAX' : end, value as string | number | null, timestamp];
}

/** The rows of each key apart. */
function byKey(output: Output): Record<string, Row[]> {
  const apart: Record<string, Row[]> = {};
  for (const row of 'emitted' in output ? output.emitted : output) {
    const key = row[0] as string;
    apart[key] = [...(apart[key] ?? []), row];
  }
  return apart;
}

async function differing(scenarios: readonly { question: Question; outputs: readonly Output[] }[]): Promise<unknown[]> {
  const faults: unknown[] = [];
  for (const { question, outputs } of scenarios) {
    const got = await rowsOf(question);
    const expected = outputs.map(byKey);
    const index = expected.findIndex((rows, i) => !isDeepStrictEqual(rows, got[i]));
    if (index !== -1) faults.push({ id: question.id, input: question.inputs[index], expected: expected[index], got: got[index] });
  }
  return faults;
}

const KINDS = ['tumbling', 'hopping', 'sliding', 'session', 'unlimited'];
/** Kafka has no emission on close for a window that never closes. */
const CASES = KINDS.flatMap((kind) => ['update', 'close', 'suppress'].map((emit) => ({ kind, emit }))).filter(
  ({ kind, emit }) => kind !== 'unlimited' || emit !== 'close',
);
const vectors = windows.scenarios as unknown as Scenario[];

/** Up to five recorded runs of a kind and emission, from all over the file. */
function sampleOf({ kind, emit }: { kind: string; emit: string }): Scenario[] {
  const all = vectors.filter((scenario) => scenario.window?.type === kind && scenario.emit === emit);
  return all.filter((_, i) => i % Math.ceil(all.length / 5) === 0);
}

describe('a Durable Object', () => {
  it('W7: is tried on 60 recorded runs or more', () => {
    expect(CASES.flatMap(sampleOf).length).toBeGreaterThanOrEqual(60);
  });

  it.each(CASES)('W7, D1: gives the rows of Kafka Streams for $kind windows, emission $emit', { timeout: 60_000 }, async (which) => {
    const scenarios = sampleOf(which).map((scenario) => ({ question: scenario, outputs: scenario.outputs }));
    expect(await differing(scenarios)).toEqual([]);
  });

  it.each(KINDS)('W7, D1: gives the rows of the model for %s windows, suppressed for a time', { timeout: 60_000 }, async (kind) => {
    const questions = [1, 2].map((seed) => generate(seed, { window: kind, emit: 'suppressTime', length: [20, 30] })).map(withoutBuffer);
    expect(await differing(questions.map((question) => ({ question, outputs: kafkaRows(question) })))).toEqual([]);
  });
});

/** A buffer of a number of records is one for all keys: an object has its own. */
function withoutBuffer({ buffer: _, ...question }: Question): Question {
  return question;
}
