import type { Look, Trade } from '../trade.ts';
import { textOf } from '../words.ts';
import { countOf } from './counted.ts';

const LOOK = {
  waiting: { phase: 'awaiting', words: 'waiting' },
  due: { phase: 'paid', words: 'retry due' },
  succeeded: { phase: 'confirmed', words: 'succeeded' },
  givenUp: { phase: 'timed-out', words: 'given up' },
} as const satisfies Record<string, Look>;

/** Tasks that are tried again, later each time. */
export const retry: Trade = {
  tagline:
    'Each failure opens a window as long as its delay: at its end, and never before, the task is due again; a success inside it ends the matter.',
  party: 'task',
  looks: {
    WAITING: { open: LOOK.waiting, closed: LOOK.due },
    SUCCEEDED: { open: LOOK.succeeded, closed: LOOK.succeeded },
    GIVEN_UP: { open: LOOK.givenUp, closed: LOOK.givenUp },
  },
  legend: Object.values(LOOK),
  grace: 'grace',
  windowName: () => '',
  outcomes: {
    RetryDue: ({ key, value }) => ({ text: `${key} is due: attempt ${textOf(value.attempt) ?? '?'}`, reason: '', tone: 'good' }),
    TaskGivenUp: ({ key, value }) => ({ text: `${key} given up after ${textOf(value.attempts) ?? '?'} attempts`, reason: '', tone: 'bad' }),
  },
  counters: {
    kept: countOf('RetryDue', 'due', 'Retries that came due'),
    freed: countOf('TaskGivenUp', 'given up', 'Tasks given up'),
  },
  part: {
    heading: 'Be a task',
    name: 'Task',
    guest: 'task',
    field: { label: 'Attempt', value: '1' },
    actions: [
      {
        label: 'Fail',
        event(taskId, attempt) {
          if (!/^[1-9]\d{0,8}$/.test(attempt)) throw new Error('An attempt is a whole number from 1.');
          return { type: 'TaskFailed', taskId, attempt: Number(attempt) };
        },
        told: (taskId, attempt) => `Failure of attempt ${attempt} of ${taskId}`,
      },
      { label: 'Succeed', event: (taskId) => ({ type: 'TaskSucceeded', taskId }), told: (taskId) => `Success of ${taskId}` },
    ],
    hint: 'Fail, and see when you are due again; succeed before, and you are not.',
    empty: 'No window is open. Fail as a task of your own, and one opens here.',
  },
};
