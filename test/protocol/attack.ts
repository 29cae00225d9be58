import { cancelled, paid, requested } from '../support/events.ts';

/** Close codes that a bridge or viewer can be refused with for what it sends (P4); 4500 is none of them, since that is a fault of ours. */
export const REFUSALS: readonly number[] = [4400, 4403, 4409, 4413, 4429];

/** What would tell a client of our insides: a stack, a path, a runtime's own words for a bug. */
export const INSIDES = /\n\s*at |\.[cm]?[jt]s:\d|file:\/\/|node_modules|TypeError|RangeError|SyntaxError|SQLITE|DataCloneError/;

/** A good frame of each kind that follows a hello, to be hurt. `"@N"` stands for the offset N past the one that is wanted. */
export function framesAt(timestamp: number): readonly string[] {
  const said = [requested('eve', '1', timestamp), paid('eve', '1', timestamp), cancelled('mal', '__proto__', timestamp)];
  const records = [
    ...said.map((event, i) => ({ offset: `@${i}`, ...event, headers: { trace: 'x' } })),
    { offset: '@3', key: 'eve', timestamp, raw: '/w==' },
    { offset: '@4', key: 'constructor', timestamp, omitted: { bytes: 131_073 } },
  ];
  const frames = [
    { t: 'data', from: '@0', records },
    ...[1, 2, 3].map((count) => ({ t: 'data', from: '@0', records: records.slice(0, count) })),
    { t: 'gap', from: '@0', to: '@2', reason: 'RETENTION' },
    { t: 'watermark', at: timestamp, next: '@0' },
    { t: 'outcomeAck', seq: '0' },
    { t: 'outcomeReject', seq: '0', code: 'TOO_LARGE', message: 'The sink takes no such thing.' },
    { t: 'error', code: 'INTERNAL', message: 'x' },
  ];
  return frames.map((frame) => JSON.stringify(frame));
}

/** Puts offsets where they stand for ones. */
export function placed(text: string, next: string | null): string {
  return text.replaceAll(/"@(\d)"/g, (_, past: string) => `"${BigInt(next ?? 0) + BigInt(past)}"`);
}

/** Good bodies of `POST /v1/customers/eve/events`, to be hurt. */
export function bodiesAt(timestamp: number): readonly string[] {
  const events = [requested, paid, cancelled].map((event, i) => ({ id: `e${i}`, timestamp, ...event('eve', '1', timestamp).value }));
  return [...events, events, [events[0]]].map((body) => JSON.stringify(body));
}

/** An array nested so deep. */
export function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}
