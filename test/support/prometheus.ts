export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/g;

/**
 * Reads Prometheus' text format 0.0.4, as strictly as Prometheus does and a little more: HELP, TYPE, then the samples of each family, each once.
 * @throws Error that names the line which is none.
 */
export function parsePrometheus(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line has no end.');
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  let helped: [name: string, help: string] | undefined;
  let current = { name: '', samples: [] as Sample[] };
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP' && NAME.test(name) && !families.has(name)) helped = [name, rest];
    else if (kind === 'TYPE' && helped?.[0] === name && ['counter', 'gauge'].includes(rest)) {
      current = { name, samples: [] };
      families.set(name, { type: rest, help: helped[1], samples: current.samples });
    } else current.samples.push(sampleOf(line, current.name, current.samples));
  }
  return families;
}

function sampleOf(line: string, family: string, before: readonly Sample[]): Sample {
  const [, name, inBraces = '', number = ''] = SAMPLE.exec(line) ?? [];
  const pairs = [...inBraces.matchAll(LABEL)].map(([, label = '', quoted = '']): [string, string] => [label, unquoted(quoted)]);
  const labels = Object.fromEntries(pairs);
  const value = Number(number);
  const same = before.some((sample) => JSON.stringify(sample.labels) === JSON.stringify(labels));
  if (name !== family || number === '' || !Number.isFinite(value) || Object.keys(labels).length !== pairs.length || same)
    throw new Error(`No sample of ${family || 'a family'}, or one for the second time: ${line}`);
  return { labels, value };
}

function unquoted(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
