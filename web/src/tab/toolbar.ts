import { element, setText } from '../element.ts';
import type { StoryName } from '../lab/settings.ts';
import type { LabState } from '../lab/state.ts';
import { COMMANDS, type Command, SPEEDS } from './commands.ts';

export interface Toolbar {
  update(state: LabState): void;
}

/** What the stories are called, in the order in which they are offered. */
export const STORIES: Readonly<Record<StoryName, string>> = {
  evening: 'An evening',
  boundary: 'The request at 14:59',
  idle: 'Nobody comes after',
  late: 'A payment too late',
  behind: 'A payment in the log',
  asleep: 'A night asleep',
};

export interface ToolbarActions {
  press(command: Command): void;
  setSpeed(speed: number): void;
  tell(story: StoryName): void;
}

/** A button for each command, and the choices of a speed and a story. */
export function toolbar(host: HTMLElement, storyHost: HTMLElement, actions: ToolbarActions): Toolbar {
  const buttons = COMMANDS.map((command) => {
    const button = element('button', {
      type: 'button',
      id: `do-${command.id}`,
      title: `${command.about} (${command.key})`,
      'aria-keyshortcuts': command.key,
    });
    button.addEventListener('click', () => actions.press(command));
    return { command, button };
  });
  const speed = choice(
    'speed',
    'Speed',
    'How fast the clock of the story goes ([ slower, ] faster)',
    SPEEDS.map((one) => [String(one), `×${one.toLocaleString('en')}`]),
  );
  speed.select.addEventListener('change', () => actions.setSpeed(Number(speed.select.value)));
  const story = choice('story', 'Story', 'What happens', Object.entries(STORIES));
  story.select.addEventListener('change', () => {
    const name = story.select.value;
    if (Object.hasOwn(STORIES, name)) actions.tell(name as StoryName);
  });
  for (const group of ['time', 'faults', 'story'] as const) {
    const name = { time: 'Time', faults: 'What can go wrong', story: 'Story and log' }[group];
    const of = buttons.filter(({ command }) => command.group === group).map(({ button }) => button);
    const after = group === 'time' ? [speed.root] : [];
    host.append(element('div', { class: 'tools', role: 'group', 'aria-label': name, 'data-group': group }, ...of, ...after));
  }
  storyHost.append(story.root);

  return {
    update(state) {
      for (const { command, button } of buttons) {
        setText(button, command.label(state));
        const off = command.disabled?.(state) === true;
        if (button.disabled !== off) button.disabled = off;
        const pressed = command.pressed?.(state);
        if (pressed !== undefined && button.ariaPressed !== String(pressed)) button.ariaPressed = String(pressed);
      }
      setChoice(speed.select, String(state.speed), `×${state.speed.toLocaleString('en')}`);
      setChoice(story.select, state.settings.story, state.settings.story);
    },
  };
}

function choice(id: string, name: string, title: string, options: readonly (readonly [string, string])[]) {
  const select = element('select', { id, title }, ...options.map(([value, text]) => element('option', { value }, text)));
  return { select, root: element('label', { class: 'tool-choice' }, element('span', { class: 'unseen' }, name), select) };
}

/** A value that is not among the choices, such as a permalink's own speed, becomes one. */
function setChoice(select: HTMLSelectElement, value: string, text: string): void {
  if (select.value === value) return;
  if (![...select.options].some((option) => option.value === value)) select.append(element('option', { value }, text));
  select.value = value;
}
