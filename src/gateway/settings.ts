import { z } from 'zod';
import { DIALECTS, type GatewayConnection } from './gateway.ts';

/** The variables of REST gateways that no address holds, the same for a bridge and for a Worker. None but the dialect has a flag: secrets do not belong into a command line. */
export const GatewayVariables = {
  ORIEL_REST_DIALECT: z.enum(['auto', ...DIALECTS], { error: `is auto, ${DIALECTS.join(', ')}` }).default('auto'),
  ORIEL_REST_USERNAME: z.string().optional(),
  ORIEL_REST_PASSWORD: z.string().optional(),
  ORIEL_REST_TOKEN: z.string().optional(),
  ORIEL_REST_INSTANCES: z.enum(['own', 'follow'], { error: 'is own or follow' }).default('own'),
};

type Given = Readonly<Partial<Record<keyof typeof GatewayVariables, unknown>>>;

/** What does not go together, by the setting that is at fault. */
export const GATEWAY_RULES: readonly {
  readonly path: keyof typeof GatewayVariables;
  readonly message: string;
  readonly holds: (given: Given) => boolean;
}[] = [
  {
    path: 'ORIEL_REST_TOKEN',
    message: 'goes without a user and a password: give it, or ORIEL_REST_USERNAME and ORIEL_REST_PASSWORD',
    holds: ({ ORIEL_REST_TOKEN, ORIEL_REST_USERNAME, ORIEL_REST_PASSWORD }) =>
      ORIEL_REST_TOKEN === undefined || (ORIEL_REST_USERNAME === undefined && ORIEL_REST_PASSWORD === undefined),
  },
  {
    path: 'ORIEL_REST_TOKEN',
    message: 'holds what no header can: a token has letters, digits and signs of ASCII alone, without spaces or line ends',
    holds: ({ ORIEL_REST_TOKEN }) => typeof ORIEL_REST_TOKEN !== 'string' || /^[!-~]+$/.test(ORIEL_REST_TOKEN),
  },
  {
    path: 'ORIEL_REST_PASSWORD',
    message: 'goes with ORIEL_REST_USERNAME: give both, or none',
    holds: ({ ORIEL_REST_USERNAME, ORIEL_REST_PASSWORD }) => (ORIEL_REST_USERNAME === undefined) === (ORIEL_REST_PASSWORD === undefined),
  },
  {
    path: 'ORIEL_REST_USERNAME',
    message: 'holds a colon, which ends the user in basic authentication',
    holds: ({ ORIEL_REST_USERNAME }) => typeof ORIEL_REST_USERNAME !== 'string' || !ORIEL_REST_USERNAME.includes(':'),
  },
];

/** How the gateway at `base` is reached, by settings that keep the rules. */
export function gatewayConnection(base: string, settings: z.infer<z.ZodObject<typeof GatewayVariables>>): GatewayConnection {
  const { ORIEL_REST_USERNAME: username, ORIEL_REST_PASSWORD: password, ORIEL_REST_TOKEN: token } = settings;
  const common = { base, dialect: settings.ORIEL_REST_DIALECT, instances: settings.ORIEL_REST_INSTANCES };
  if (token !== undefined) return { ...common, credentials: { kind: 'bearer', token } };
  if (username !== undefined && password !== undefined) return { ...common, credentials: { kind: 'basic', username, password } };
  return common;
}
