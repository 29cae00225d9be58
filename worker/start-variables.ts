import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { unstable_readConfig } from 'wrangler';
import { messageOf, OrielError } from '../src/core/errors.ts';

/**
 * The variables in force: `[vars]` of the `wrangler.toml`, over them the `.dev.vars` beside it, over that the environment.
 * @throws OrielError `OPTION` where a file cannot be read.
 */
export function readVariables(config: string, environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const { vars } = unstable_readConfig({ config }, { hideWarnings: true });
  const configured = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  return { ...configured, ...devVars(join(dirname(config), '.dev.vars')), ...environment };
}

function devVars(path: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new OrielError('OPTION', `${path} cannot be read (${messageOf(error)}). Mend it, or remove it.`, { cause: error });
  }
}
