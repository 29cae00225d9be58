import type { SettingRow } from '../src/bridge/flags.ts';
import type { Given } from '../src/bridge/rules.ts';
import { SwitchSetting } from '../src/settings.ts';

/** Edge pull: the Worker reads the gateway by itself, and no bridge is started. */
export const PULL_ROW = {
  name: 'ORIEL_PULL',
  flag: 'pull',
  takes: 'on|off',
  default: 'off',
  meaning: 'on: no bridge is started, and the Worker reads the kafka-rest source by itself and writes outcomes to a kafka-rest sink',
} as const satisfies SettingRow;

export const PullVariable = { ORIEL_PULL: SwitchSetting.default(false) };

interface WithPull extends Given {
  readonly ORIEL_PULL?: boolean;
}

const RULES: readonly { readonly path: string; readonly message: string; readonly holds: (given: WithPull) => boolean }[] = [
  {
    path: 'ORIEL_PULL',
    message:
      'is on, and the source is no REST gateway: a Worker reads kafka-rest+https://HOST/TOPIC alone by itself; leave it off, and a bridge feeds the Worker',
    holds: ({ ORIEL_SOURCE }) => ORIEL_SOURCE?.kind === 'kafka-rest',
  },
  {
    path: 'ORIEL_SINK',
    message: 'is nothing that a Worker which pulls can write to: give kafka-rest+https://HOST/TOPIC, or none, or leave ORIEL_PULL off',
    holds: ({ ORIEL_SINK }) => ORIEL_SINK === undefined || ORIEL_SINK.kind === 'kafka-rest' || ORIEL_SINK.kind === 'none',
  },
  {
    path: 'ORIEL_DEAD_LETTERS',
    message: 'is copied to by a bridge, and with ORIEL_PULL=on none is started: leave one of them out; the Worker keeps its dead letters itself',
    holds: ({ ORIEL_DEAD_LETTERS }) => ORIEL_DEAD_LETTERS === undefined,
  },
];

/** The rules that settings break where the Worker is to pull. */
export function brokenByPull(given: WithPull): readonly { readonly path: string; readonly message: string }[] {
  return given.ORIEL_PULL === true ? RULES.filter(({ holds }) => !holds(given)) : [];
}

/**
 * What the Worker is told: all but how Kafka and a gateway are reached, which holds passwords, and between which ends a bridge stands. A Worker that pulls is told where it reads and
 * writes, for it takes a source of its own for that.
 */
export function workerVariables(variables: Readonly<Record<string, string>>, pull: boolean): Record<string, string> {
  const isKept = (name: string) => {
    if (name === 'ORIEL_PULL') return false;
    if (name === 'ORIEL_KAFKA_ISOLATION' || /^ORIEL_(?:SOURCE|SINK|REST_.*)$/.test(name)) return pull;
    return !name.startsWith('ORIEL_KAFKA_');
  };
  return Object.fromEntries(Object.entries(variables).filter(([name]) => isKept(name)));
}
