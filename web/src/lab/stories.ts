import type { Action } from './action.ts';
import { evening } from './evening.ts';
import type { LabSettings, StoryName } from './settings.ts';
import { START } from './start.ts';
import type { EventType } from './state.ts';
import type { Happening, Visit, World } from './world.ts';

/** What is to be seen, in a sentence or two, for whoever knows nothing of it yet. */
export const CAPTIONS: Readonly<Record<StoryName, string>> = {
  evening:
    'Customers request tables and pay, or forget to. Each window starts at its request, and closes on time. Red below green: a table that was paid for, and that Kafka Streams frees.',
  boundary:
    'Ada requests a table one minute before Kafka Streams cuts its windows, and pays six minutes later. In windows that start at the request she keeps it; there it is freed before she pays.',
  idle: 'Two customers request tables, one pays, and then nobody ever comes again. Both windows close on time here; Kafka Streams never tells, since only a further record moves its time.',
  late: 'Ada and Ben both pay in time. Ben’s payment reaches the log within the grace and counts; Ada’s reaches it after her window has closed, and is told as late.',
  behind:
    'The source falls behind before a payment is delivered. The window is held, not closed by the clock, and the payment counts when it comes: a timer would have freed a table that was paid for.',
  asleep:
    'The computer sleeps for eight hours while windows are open. On waking they close in order, each once, and nothing that was paid for is lost.',
};

const MINUTE_MS = 60_000;

/** What the customers of these settings do. */
export function worldOf(settings: LabSettings): World {
  const { story, windowMs, graceMs } = settings;
  return story === 'evening' ? evening(settings) : written(STORIES[story](windowMs, graceMs));
}

interface Script {
  readonly happenings: readonly Happening[];
  readonly commands?: readonly Action[];
}

/** All at once, since it is short. */
function written({ happenings, commands = [] }: Script): World {
  const visits: Visit[] = [...happenings]
    .sort((a, b) => a.timestamp - b.timestamp)
    .map((happening) => ({ start: happening.timestamp, happenings: [happening] }));
  return { commands, visit: (step) => visits[step] };
}

const REQUEST = 'CustomerRequestedTable';
const PAYMENT = 'CustomerPaidForTable';

/** Each told in fifteenths of the window, which are minutes by default. The first boundary is the first multiple of the window with room for two of them before it. */
const STORIES: Readonly<Record<Exclude<StoryName, 'evening'>, (windowMs: number, graceMs: number) => Script>> = {
  boundary(windowMs) {
    const part = windowMs / 15;
    const boundary = Math.ceil((START + 2 * part) / windowMs) * windowMs;
    return {
      happenings: [
        at(REQUEST, 'ada', '7', boundary - part),
        at(REQUEST, 'ben', '3', boundary + 0.5 * part),
        at(REQUEST, 'cleo', '5', boundary + 2.5 * part),
        at(PAYMENT, 'ben', '3', boundary + 4 * part),
        at(PAYMENT, 'ada', '7', boundary + 5 * part),
        at(PAYMENT, 'cleo', '5', boundary + 8 * part),
      ],
    };
  },

  idle(windowMs) {
    const part = windowMs / 15;
    return {
      happenings: [at(REQUEST, 'ada', '7', START + part), at(REQUEST, 'ben', '3', START + 2 * part), at(PAYMENT, 'ada', '7', START + 5 * part)],
    };
  },

  late(windowMs, graceMs) {
    const part = windowMs / 15;
    const ada = START + part;
    const ben = START + 2 * part;
    return {
      happenings: [
        at(REQUEST, 'ada', '7', ada),
        at(REQUEST, 'ben', '3', ben),
        at(PAYMENT, 'ada', '7', ada + 12 * part, 3 * part + graceMs + Math.max(2_000, part)),
        at(PAYMENT, 'ben', '3', ben + windowMs - 0.25 * part, 0.25 * part + Math.floor(graceMs / 2)),
      ],
    };
  },

  behind(windowMs, graceMs) {
    const part = windowMs / 15;
    const ada = START + part;
    const back = ada + windowMs + graceMs + 4 * part;
    return {
      happenings: [at(REQUEST, 'ada', '7', ada), at(REQUEST, 'ben', '3', ada + 3 * part), at(PAYMENT, 'ada', '7', ada + 12 * part)],
      commands: [
        { do: 'hold', at: round(ada + 10 * part), on: true },
        { do: 'hold', at: round(back), on: false },
      ],
    };
  },

  asleep(windowMs) {
    const part = windowMs / 15;
    const ms = Math.max(480 * MINUTE_MS, 32 * windowMs);
    return {
      happenings: [
        at(REQUEST, 'ada', '7', START + part),
        at(REQUEST, 'ben', '3', START + 2 * part),
        at(REQUEST, 'cleo', '5', START + 3 * part),
        at(PAYMENT, 'ben', '3', START + 8 * part),
      ],
      commands: [{ do: 'sleep', at: round(START + 5 * part), ms }],
    };
  },
};

function at(type: EventType, key: string, table: string, timestamp: number, delayMs = 400): Happening {
  return { key, table, type, timestamp: round(timestamp), appended: round(timestamp) + round(delayMs) };
}

function round(ms: number): number {
  return Math.round(ms);
}
