import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricsText } from '../../worker/metrics.ts';
import { parsePlainYaml } from '../support/plain-yaml.ts';
import { parsePrometheus } from '../support/prometheus.ts';
import { ROOT, sourcesOf } from '../support/source.ts';
import { statusOf } from './world.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly datasource: object;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly datasource: object }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[] };
  readonly panels: readonly Panel[];
}

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const folder = join(ROOT, 'worker/operations');
const dashboard = JSON.parse(readFileSync(join(folder, 'grafana.json'), 'utf8')) as Dashboard;
const alertsText = readFileSync(join(folder, 'alerts.yaml'), 'utf8');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');
const { groups } = parsePlainYaml(alertsText) as unknown as { groups: readonly { name: string; rules: readonly Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);

/** What a Worker tells, with its labels. */
const metrics = parsePrometheus(metricsText([{ topic: 't', partition: 0, status: statusOf('t', 0) }]));
const exprs = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

function metricsIn(expr: string): string[] {
  return expr.match(/\boriel_\w+/g) ?? [];
}

/** The labels that an expression picks or groups by. */
function labelsIn(expr: string): string[] {
  const picked = [...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label);
  const grouped = [...expr.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
  return [...picked, ...grouped];
}

function isBalanced(expr: string): boolean {
  const open: string[] = [];
  for (const mark of expr.replaceAll(/"[^"]*"/g, '').match(/[()[\]{}]/g) ?? []) {
    if ('([{'.includes(mark)) open.push(mark);
    else if (open.pop() !== { ')': '(', ']': '[', '}': '{' }[mark]) return false;
  }
  return open.length === 0;
}

describe('the dashboard and the alerts', () => {
  it.each([...exprs, ...alerts.map(({ expr }) => expr)])('§6: %s asks for what /metrics tells, by labels that it has', (expr) => {
    const asked = metricsIn(expr);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !metrics.has(name))).toEqual([]);
    const labels = asked.flatMap((name) => metrics.get(name)?.samples.flatMap((sample) => Object.keys(sample.labels)) ?? []);
    expect(labelsIn(expr).filter((label) => !labels.includes(label))).toEqual([]);
    expect(isBalanced(expr)).toBe(true);
  });

  it('§6: every metric has a panel', () => {
    const shown = new Set(exprs.flatMap(metricsIn));
    expect([...metrics.keys()].filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('§6: can be imported: a schema version, one datasource that is asked for, and a choice of topics and partitions', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['topic', 'query'],
      ['partition', 'query'],
    ]);
    const source = { type: 'prometheus', uid: '${' + 'datasource}' };
    for (const { datasource, targets } of dashboard.panels)
      for (const given of [datasource, ...targets.map((target) => target.datasource)]) expect(given).toEqual(source);
  });

  it('§6: every panel heeds the chosen topics and partitions, but for the release', () => {
    const heedless = exprs.filter((expr) => metricsIn(expr).length !== (expr.match(/\{topic=~"\$topic",partition=~"\$partition"\}/g) ?? []).length);
    expect(heedless).toEqual(['oriel_build_info']);
  });

  it('§6: its panels have each an id and a title, and none lies upon another', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ title }) => title === '')).toEqual([]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`));
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });
});

describe('the alerts', () => {
  it('§6: each has a name of its own, a severity, and says what happened and what to do', () => {
    expect(groups.map(({ name }) => name)).toEqual(['oriel']);
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    for (const { alert, labels, annotations, for: pause = '0m', ...rest } of alerts) {
      expect(alert).toMatch(/^Oriel[A-Z][A-Za-z]+$/);
      expect(Object.keys(rest)).toEqual(['expr']);
      expect(pause).toMatch(/^\d+[smh]$/);
      expect(Object.keys(labels)).toEqual(['severity']);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    }
  });

  it('§6: a summary fills in no label that the alert has not', () => {
    for (const { expr, annotations } of alerts) {
      const labels = metricsIn(expr).flatMap((name) => Object.keys(metrics.get(name)?.samples[0]?.labels ?? {}));
      const used = [
        ...Object.values(annotations)
          .join(' ')
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, label]) => label);
      expect(used.filter((label) => !labels.includes(label ?? ''))).toEqual([]);
    }
  });

  it.each([
    ['a tab', 'a:\n\tb: 1'],
    ['a key twice', 'a: 1\na: 2'],
    ['an indentation that fits nothing', 'a:\n    b: 1\n  c: 2'],
    ['a colon in a plain text', 'a: b: c'],
    ['a plain text that begins like a map', 'a: {{ $labels.topic }} is away'],
    ['a quote without end', 'a: "b'],
    ['a key with nothing', 'a:\nb: 1'],
  ])('§6: their reader refuses %s', (_, text) => {
    expect(() => parsePlainYaml(text)).toThrow();
  });
});

describe('the words about it', () => {
  it('§6: tell of every metric, and of no other', () => {
    expect([...new Set(readme.match(/`oriel_\w+/g)?.map((name) => name.slice(1)))].sort()).toEqual([...metrics.keys()].sort());
  });

  it('§6: tell of every line of the log', () => {
    const said = sourcesOf('worker').flatMap(({ text }) => [...text.matchAll(/\blog\('\w+', '([^']+)'/g)].map(([, message]) => message));
    expect(said.length).toBeGreaterThan(8);
    expect(said.filter((message) => !readme.includes(`\`${message}\``))).toEqual([]);
  });
});
