import { OrielError } from './errors.ts';

/** What is thrown for an option out of bounds: what was given, and the rule. */
export function badOption(name: string, given: unknown, rule: string): OrielError {
  const shown = typeof given === 'number' ? String(given) : (JSON.stringify(given) ?? 'nothing');
  return new OrielError('OPTION', `${name}: ${shown} was given; the rule is ${rule}.`);
}

/** @throws OrielError `OPTION` for what is none of the choices. */
export function requireChoice(name: string, given: unknown, choices: readonly string[]): void {
  if (!choices.some((choice) => choice === given)) throw badOption(name, given, choices.map((choice) => `'${choice}'`).join(' or '));
}

/** @throws OrielError `OPTION` for what is no whole number from `least`. */
export function requireCount(name: string, given: number, least: number): void {
  if (!Number.isSafeInteger(given) || given < least) throw badOption(name, given, `a whole number from ${least}`);
}
