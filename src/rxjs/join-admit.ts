import type { Definition } from '../core/definition.ts';
import { isLogSource } from '../core/record.ts';
import { type Rejected, type Result, resultId, withoutIncarnation } from '../core/result.ts';
import { refuseTimestamp } from '../core/time.ts';
import type { Keyed, Unkeyed } from './items.ts';
import { type Around, admitted, type Work } from './run.ts';
import { attempt } from './run-sync.ts';
import type { Sided } from './sided.ts';

/**
 * What a join does about the records that are nobody's partner (W10): one without a value is refused; one without a key is unmatched at once where its side says so, else refused.
 * Either says how far the stream's time is, as a record of the log does.
 */
export function admitJoined<L, R, S, O>(
  { name, windows, time }: Definition<Sided<L, R>, S, O>,
  say: (left: L | null, right: R | null) => O,
): NonNullable<Around<Sided<L, R>, O, string | null>['admit']> {
  type Doing = Work<Sided<L, R>, O, string | null>;

  return (keyed, now) => {
    const place = 'record' in keyed ? keyed.record : keyed.unkeyed;
    if (place === undefined || ('record' in keyed && isPresent(place))) return [admitted(keyed, now)];
    const invalid = refuseTimestamp(place.timestamp, now, time);
    if (invalid !== undefined) return [refuse(keyed, invalid)];
    return [...timeOf(place, now), 'record' in keyed ? refuse(keyed, NO_VALUE) : tellUnkeyed(keyed, place, now)];
  };

  function refuse(keyed: Keyed<Sided<L, R>, string | null>, why: Rejected<Sided<L, R>>): Doing {
    if ('record' in keyed) return { tell: () => ({ kind: 'rejected', rejected: { ...why, record: keyed.record } }) };
    return { tell: () => ({ kind: 'rejected', rejected: why, event: keyed.event }) };
  }

  /** As the engine moves it for a record that it takes. */
  function timeOf({ timestamp, source }: Unkeyed<Sided<L, R>>, now: number): Doing[] {
    // A stream that is joined with itself has no side that would tell of such a record.
    const moves = !windows.joins?.self && time.mode === 'stream' && time.scope === 'partition' && (source === undefined || isLogSource(source));
    return moves ? [{ input: { type: 'time', timestamp, now } }] : [];
  }

  function tellUnkeyed(keyed: Exclude<Keyed<Sided<L, R>, string | null>, { record: unknown }>, unkeyed: Unkeyed<Sided<L, R>>, now: number): Doing {
    const { side, value } = unkeyed.value;
    if (!isPresent(unkeyed) || !windows.joins?.outer[side]) return refuse(keyed, keyed.rejected);
    return {
      tell: (watermark) =>
        attempt<ReturnType<Extract<Doing, { tell: unknown }>['tell']>>(
          () => {
            const said = side === 'left' ? say(value as L, null) : say(null, value as R);
            return { kind: 'result', result: unmatched(unkeyed, said, time.mode === 'clock' ? now : watermark, now) };
          },
          (rejected) => ({ kind: 'rejected', rejected, event: keyed.event }),
        ),
    };
  }

  function unmatched({ value: { side }, timestamp, source }: Unkeyed<Sided<L, R>>, value: O, watermark: number | null, now: number) {
    const by = source ?? { at: timestamp };
    const sources = source === undefined ? [] : [withoutIncarnation(source)];
    return {
      id: resultId({ topology: name, key: null, kind: windows.kind, id: side, start: null, type: 'unmatched', by }),
      revision: 1,
      final: true,
      type: 'unmatched',
      key: null,
      value,
      timestamp,
      explanation: { closesAt: null, watermark, now, sources },
    } satisfies Result<O, null>;
  }
}

const NO_VALUE = { code: 'SCHEMA', message: 'The value is null; the rule of a join is that only a record with a value has partners.' } as const;

function isPresent({ value: { value } }: { readonly value: Sided<unknown, unknown> }): boolean {
  return value !== null && value !== undefined;
}
