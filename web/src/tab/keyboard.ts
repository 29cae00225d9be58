import type { LabState } from '../lab/state.ts';
import { COMMANDS, type Controls, nextSpeed } from './commands.ts';

/** What keys do beside the commands. */
export interface PageKeys {
  toggleRival(): void;
}

/** Does what a key stands for; false where it stands for nothing now. */
export function pressKey(key: string, state: LabState, controls: Controls, page: PageKeys): boolean {
  if (key === '[' || key === ']') controls.setSpeed(nextSpeed(state.speed, key === ']' ? 1 : -1));
  else if (key === 'k') page.toggleRival();
  else {
    const command = COMMANDS.find((one) => one.key === key);
    if (command === undefined || command.disabled?.(state) === true) return false;
    command.run(controls, state);
  }
  return true;
}
