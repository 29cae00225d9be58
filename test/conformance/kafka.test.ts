import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differing } from './differing.ts';
import { kafkaRows } from './kafka.ts';
import { vectorsOf } from './vectors.ts';

/** Fields of the quirks whose effects the model leaves out: caches, old values, extractors. */
const BEYOND = ['cache', 'oldValues', 'extractor'] as const;

describe('the model of Kafka Streams', () => {
  it('gives the rows of every recorded run of windows', () => {
    const scenarios = vectorsOf('windows');
    expect(scenarios).toHaveLength(206);
    expect(differing(scenarios, kafkaRows)).toEqual([]);
  });

  it('gives the rows of every recorded run of joins', () => {
    const scenarios = vectorsOf('joins');
    expect(scenarios).toHaveLength(40);
    expect(differing(scenarios, kafkaRows)).toEqual([]);
  });

  it('gives the rows of the quirks that it models: buffers, throttles, lost results', () => {
    const raw = JSON.parse(readFileSync(join(import.meta.dirname, 'kafka-quirks.json'), 'utf8')) as { scenarios: Record<string, unknown>[] };
    const beyond = raw.scenarios.filter((scenario) => BEYOND.some((field) => field in scenario)).map(({ id }) => id);
    const scenarios = vectorsOf('kafka-quirks').filter(({ id }) => !beyond.includes(id));
    expect(scenarios).toHaveLength(39);
    expect(differing(scenarios, kafkaRows)).toEqual([]);
  });

  it('has no part in what it judges', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => /^kafka(-.*)?\.ts$|^format\.ts$/.test(name));
    expect(files).toHaveLength(10);
    const texts = files.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'));
    expect(texts.filter((text) => text.includes('src/'))).toEqual([]);
  });
});
