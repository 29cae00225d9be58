import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';
import { IsolationSetting, SwitchSetting } from '../settings.ts';
import type { KafkaConnection, SaslMechanism } from './kafka/connection.ts';

/** How Kafka is reached and read, whichever brokers an endpoint names. */
export interface KafkaAccess extends Pick<KafkaConnection, 'tls' | 'sasl'> {
  readonly isolation: 'read_committed' | 'read_uncommitted';
}

const MECHANISMS: Readonly<Record<string, SaslMechanism>> = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
};

/** A PEM file by its path; gives its text. */
const PemFile = z.string().transform((path, context) => {
  const fault = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  try {
    const text = readFileSync(path, 'utf8');
    return text.includes('-----BEGIN ') ? text : fault(`${path} is no PEM file: it has no line -----BEGIN ...`);
  } catch (error) {
    return fault(`the file cannot be read (${messageOf(error)})`);
  }
});

/** The variables of Kafka that no address holds. None has a flag: secrets do not belong into a command line. */
export const KafkaVariables = {
  ORIEL_KAFKA_TLS: SwitchSetting.optional(),
  ORIEL_KAFKA_CA: PemFile.optional(),
  ORIEL_KAFKA_CERT: PemFile.optional(),
  ORIEL_KAFKA_KEY: PemFile.optional(),
  ORIEL_KAFKA_SASL: z
    .enum(['none', ...Object.keys(MECHANISMS)], { error: `is none, ${Object.keys(MECHANISMS).join(', ')}` })
    .transform((given) => MECHANISMS[given])
    .optional(),
  ORIEL_KAFKA_USERNAME: z.string().optional(),
  ORIEL_KAFKA_PASSWORD: z.string().optional(),
  ORIEL_KAFKA_ISOLATION: IsolationSetting,
};

type Given = Readonly<Partial<Record<keyof typeof KafkaVariables, unknown>>>;

/** What does not go together, by the setting that is at fault. */
export const KAFKA_RULES: readonly {
  readonly path: keyof typeof KafkaVariables;
  readonly message: string;
  readonly holds: (given: Given) => boolean;
}[] = [
  {
    path: 'ORIEL_KAFKA_TLS',
    message: 'is off, and a file for TLS is given: set it to on, or take ORIEL_KAFKA_CA, ORIEL_KAFKA_CERT and ORIEL_KAFKA_KEY away',
    holds: (given) => given.ORIEL_KAFKA_TLS !== false || !hasFiles(given),
  },
  {
    path: 'ORIEL_KAFKA_CERT',
    message: 'goes with ORIEL_KAFKA_KEY: give both, or none',
    holds: (given) => (given.ORIEL_KAFKA_CERT === undefined) === (given.ORIEL_KAFKA_KEY === undefined),
  },
  {
    path: 'ORIEL_KAFKA_SASL',
    message: 'is not set, and a user or a password is given: set it to plain, scram-sha-256 or scram-sha-512',
    holds: (given) => given.ORIEL_KAFKA_SASL !== undefined || (given.ORIEL_KAFKA_USERNAME === undefined && given.ORIEL_KAFKA_PASSWORD === undefined),
  },
  ...(['ORIEL_KAFKA_USERNAME', 'ORIEL_KAFKA_PASSWORD'] as const).map((path) => ({
    path,
    message: 'is missing: ORIEL_KAFKA_SASL needs a user and a password',
    holds: (given: Given) => given.ORIEL_KAFKA_SASL === undefined || given[path] !== undefined,
  })),
];

function hasFiles(given: Given): boolean {
  return given.ORIEL_KAFKA_CA !== undefined || given.ORIEL_KAFKA_CERT !== undefined || given.ORIEL_KAFKA_KEY !== undefined;
}

/** The settings, checked by their rules, as what a client is made of. */
export function kafkaAccess(settings: z.infer<z.ZodObject<typeof KafkaVariables>>): KafkaAccess {
  const { ORIEL_KAFKA_CA: ca, ORIEL_KAFKA_CERT: cert, ORIEL_KAFKA_KEY: key } = settings;
  const { ORIEL_KAFKA_SASL: mechanism, ORIEL_KAFKA_USERNAME: username, ORIEL_KAFKA_PASSWORD: password } = settings;
  const files = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  return {
    isolation: settings.ORIEL_KAFKA_ISOLATION,
    ...(settings.ORIEL_KAFKA_TLS === true || hasFiles(settings) ? { tls: files } : {}),
    ...(mechanism === undefined || username === undefined || password === undefined ? {} : { sasl: { mechanism, username, password } }),
  };
}

/** The cluster at some brokers, as the settings reach it. */
export function connectionTo(brokers: readonly string[], { tls, sasl }: KafkaAccess): KafkaConnection {
  return { brokers, ...(tls === undefined ? {} : { tls }), ...(sasl === undefined ? {} : { sasl }) };
}
