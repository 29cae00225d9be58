import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/bridge/exit.ts';
import { SETTING_ROWS } from '../../src/bridge/flags.ts';
import { metricsOf } from '../../src/bridge/monitor/metrics.ts';
import { bridgeConfiguration } from '../../src/bridge/settings.ts';
import { parsePlainYaml } from '../support/plain-yaml.ts';
import { ROOT } from '../support/source.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const folder = join(ROOT, 'src/bridge/operations');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const { groups } = parsePlainYaml(read('alerts.yaml')) as unknown as { groups: readonly { rules: readonly Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);
const metrics = metricsOf(
  () => ({ partitions: [] }),
  () => 0,
)
  .getMetricsAsArray()
  .map(({ name }) => name);
const ours = metrics.filter((name) => name.startsWith('oriel_bridge_'));

describe('running the bridge', () => {
  it.each(alerts.map(({ alert, expr, labels, annotations }) => [alert, expr, labels, annotations] as const))(
    '%s asks for what /metrics tells, and says what to do',
    (_, expr, labels, annotations) => {
      const asked = expr.match(/\boriel_\w+/g) ?? [];
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter((name) => !ours.includes(name))).toEqual([]);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    },
  );

  it('tells of every metric, every exit code, and alerts that exist', () => {
    const readme = read('README.md');
    expect(ours.length).toBe(9);
    expect(ours.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
    const codes = [...readme.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
    const known = [...alerts, { alert: 'OrielOffsetsLost' }].map(({ alert }) => alert);
    expect((readme.match(/\bOriel[A-Z]\w+/g) ?? []).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('names settings that exist, and links to what is there', () => {
    const text = ['README.md', 'Dockerfile', 'oriel-bridge.service', 'bridge.env', 'alerts.yaml'].map(read).join('\n');
    const worker = ['ORIEL_GRACE', 'ORIEL_TIME', 'ORIEL_TOPIC', 'ORIEL_PARTITIONS'];
    const known = [...SETTING_ROWS.map(({ name }) => name), ...worker];
    expect([...new Set(text.match(/\bORIEL_[A-Z_]+/g))].filter((name) => !known.includes(name))).toEqual([]);
    const links = [...read('README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(4);
    expect(links.filter((target) => !existsSync(join(folder, target)))).toEqual([]);
    const settings = join(ROOT, 'worker/SETTINGS.md');
    for (const [, target = ''] of readFileSync(settings, 'utf8').matchAll(/\]\(([^)]+)\)/g))
      expect(existsSync(join(dirname(settings), target))).toBe(true);
  });

  it('has an example of settings that is sound', () => {
    const lines = read('bridge.env')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const variables = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    expect(bridgeConfiguration(variables)).toMatchObject({
      source: { kind: 'kafka' },
      sink: { kind: 'kafka' },
      kafka: { tls: {}, sasl: {} },
    });
  });

  it('copies into an image, and starts, what is there', () => {
    const dockerfile = read('Dockerfile');
    const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, list = '']) => list.split(' '));
    expect(copied).toEqual(['package.json', 'package-lock.json', 'src']);
    const started = [
      /ENTRYPOINT \["node", "([^"]+)"/.exec(dockerfile)?.[1],
      /ExecStart=\/usr\/bin\/node (\S+)/.exec(read('oriel-bridge.service'))?.[1],
    ];
    for (const path of [...copied, ...started]) expect(existsSync(join(ROOT, path ?? 'none'))).toBe(true);
  });
});
