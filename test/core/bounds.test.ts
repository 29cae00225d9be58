import { describe, expect, it } from 'vitest';
import { BOUND } from '../../src/core/definition.ts';
import { restore, snapshot } from '../../src/core/snapshot.ts';
import { anchored } from '../../src/core/windows/anchored.ts';
import { defined, Ledger, type Mark, type Marks, marks } from '../support/ledger.ts';

describe('bounds of a key', () => {
  const bound = (given: Partial<typeof BOUND>) => defined({ bound: { ...BOUND, ...given } });

  it('D10: are 256 KiB a window, 1,000 waiting, 10,000 open windows', () => {
    expect(BOUND).toEqual({ stateBytes: 262_144, waiting: 1_000, openWindows: 10_000 });
  });

  it('D10: a record that would make its window larger is rejected, STATE_TOO_LARGE, and the window goes on', () => {
    const ledger = new Ledger(bound({ stateBytes: 20 }));
    ledger.record('open', 0);
    ledger.record('twenty-bytes', 1);
    ledger.record('nine-byte', 2);
    ledger.record('x', 3);
    ledger.claim(15);
    expect(ledger.read()).toEqual([
      'k open@0: folded',
      'rejected STATE_TOO_LARGE k twenty-bytes@1',
      'k twenty-bytes@1: rejected',
      'k nine-byte@2: folded',
      'rejected STATE_TOO_LARGE k x@3',
      'k x@3: rejected',
      'window k[0,10) (open nine-byte) by watermark',
    ]);
  });

  it('D10: the bytes are those of its JSON in UTF-8', () => {
    const said = (what: string, stateBytes: number) => {
      const ledger = new Ledger(defined({ bound: { ...BOUND, stateBytes }, windows: anchored<Mark>({ size: 10, grace: 0 }) }));
      return ledger.record(what, 0).disposition?.kind;
    };
    for (const what of ['abc', 'é', '\u20ac', '\u{1f980}', '"\n\\', '\ud83e']) {
      const bytes = Buffer.byteLength(JSON.stringify([what]));
      expect([said(what, bytes), said(what, bytes - 1)]).toEqual(['folded', 'rejected']);
    }
  });

  it('D10: so is what is remembered of a late record', () => {
    const large = 'x'.repeat(50);
    const ledger = new Ledger(defined({ bound: { ...BOUND, stateBytes: 50 }, outcomes: { late: () => ({ remember: [large] }) } }));
    ledger.record('open', 0);
    ledger.claim(15);
    ledger.record('x', 1);
    expect(ledger.read()).toEqual(['k open@0: folded', 'rejected STATE_TOO_LARGE k x@1', 'k x@1: rejected']);
  });

  it('D10: one waiting record too many is rejected, TOO_MANY_WAITING; counted by key, over its ids', () => {
    const ledger = new Ledger(bound({ waiting: 2 }));
    ledger.record('a/1', 10);
    ledger.record('b/2', 10);
    ledger.record('c/3', 10);
    ledger.record('c', 10, { key: 'other' });
    ledger.claim(15);
    ledger.record('d', 20);
    expect(ledger.read().filter((line) => !line.startsWith('late'))).toEqual([
      'k a@10: waiting',
      'k b@10: waiting',
      'rejected TOO_MANY_WAITING k c@10',
      'k c@10: rejected',
      'other c@10: waiting',
      'k d@20: waiting',
    ]);
  });

  it('D10: one open window too many is rejected, TOO_MANY_WINDOWS; closed ones do not count', () => {
    const ledger = new Ledger(bound({ openWindows: 2 }));
    ledger.record('open/1', 0);
    ledger.record('open/2', 0);
    ledger.record('open/3', 0);
    ledger.record('open/3', 0, { key: 'other' });
    ledger.record('stop/1', 0);
    ledger.record('open/3', 0);
    expect(ledger.read().filter((line) => /open@/.test(line))).toEqual([
      'k open@0: folded',
      'k open@0: folded',
      'rejected TOO_MANY_WINDOWS k open@0',
      'k open@0: rejected',
      'other open@0: folded',
      'k open@0: folded',
    ]);
  });

  it.each([
    ['a Map', new Map()],
    ['a Date', new Date(0)],
    ['a function', () => 1],
    ['NaN', Number.NaN],
    ['a bigint', 1n],
    ['a hole', [undefined]],
    ['an instance', new (class Own {})()],
    ['itself', holdingItself()],
  ])('D10: a state that holds %s is no plain JSON data, and rejects its record', (_, state) => {
    const folded = new Ledger(
      defined({ reducer: { init: () => ({ ok: true }) as unknown, add: (before, { value }) => (value.what === 'x' ? state : before) } }),
    );
    folded.record('open', 0);
    folded.record('x', 1);
    expect(folded.read()).toEqual(['k open@0: folded', 'rejected TOPOLOGY k x@1', 'k x@1: rejected']);
    const kept = new Ledger(defined({ reducer: { init: () => state as unknown, add: (before) => before } }));
    kept.record('open', 0);
    expect(kept.read()).toEqual(['rejected TOPOLOGY k open@0', 'k open@0: rejected']);
  });

  it.each([[null], [undefined]])(
    'W7: a reducer that gives %s has deleted the state: nothing is said of the window, and the next record begins anew',
    (nothing) => {
      const folded = new Ledger(
        defined({ reducer: { init: () => 'new', add: (before, { value }) => (value.what === 'x' ? nothing : `${before} ${value.what}`) } }),
      );
      folded.record('open', 0);
      folded.record('x', 1);
      folded.record('y', 2);
      expect(
        folded.state.keys
          .get('k')
          ?.lanes.get('')
          ?.windows.map(({ state }) => state),
      ).toEqual(['new y']);
      folded.record('x', 3);
      folded.claim(1e6);
      expect(folded.read()).toEqual(['k open@0: folded', 'k x@1: folded', 'k y@2: folded', 'k x@3: folded']);
    },
  );
});

describe('keys', () => {
  it('D8: one that holds nothing is forgotten whole when retention has passed since its last change, and not before', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.clock(50);
    ledger.claim(115);
    ledger.clock(149);
    expect([...ledger.state.keys.keys()]).toEqual(['k']);
    ledger.clock(150);
    expect([...ledger.state.keys.keys()]).toEqual([]);
  });

  it.each([
    ['is open', 'open'],
    ['waits', 'x'],
  ])('D8: while something %s it is kept', (_, what) => {
    const ledger = new Ledger(defined());
    ledger.record(what, 0);
    ledger.clock(1e9);
    expect([...ledger.state.keys.keys()]).toEqual(['k']);
  });

  it('D8: while something is remembered it is kept', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    ledger.claim(114);
    ledger.clock(1e9);
    expect([...ledger.state.keys.keys()]).toEqual(['k']);
    ledger.claim(115);
    ledger.clock(1e9 + 100);
    expect([...ledger.state.keys.keys()]).toEqual([]);
  });

  it('D8: one that comes back after that is a new one', () => {
    const ledger = new Ledger(defined());
    ledger.record('x', 0, { key: 'a' });
    ledger.claim(5);
    ledger.clock(100);
    ledger.record('open', 100, { key: 'a' });
    ledger.clock(1e9);
    expect(ledger.state.keys.get('a')).toMatchObject({ counts: { folded: 1, late: 0 }, open: 1 });
  });
});

describe('versions', () => {
  it('D9: a state of an older version of the topology goes through migrate', () => {
    const old = new Ledger(defined());
    old.record('open', 0);
    old.record('open/t', 0);
    old.record('stop/t', 0);
    const migrate = (state: unknown, from: number) => ({ said: state as Marks, from });
    const definition = defined<{ said: Marks; from: number }, unknown>({
      version: 3,
      migrate,
      reducer: { init: () => ({ said: [], from: 3 }), add: (state) => state },
    });
    const ledger = new Ledger(definition, restore(definition, snapshot(old.definition, old.state)));
    ledger.claim(15);
    ledger.record('x/t', 1, { source: null });
    expect(ledger.read()).toEqual([
      'window k[0,10) {"said":["open"],"from":1} by watermark',
      'late ALREADY_CLOSED k x@1 of t[0,10) {"said":["open","stop"],"from":1} by condition, 0 after its end, 0 after its closing',
      'k x@1: late',
    ]);
    const twice = snapshot(definition, ledger.state);
    expect(JSON.stringify(snapshot(definition, restore(definition, twice)))).toBe(JSON.stringify(twice));
  });

  it('D9: without a way from the stored version, and for a version of the rows that it does not know, it refuses', () => {
    const ledger = new Ledger(defined());
    ledger.record('open', 0);
    const stored = snapshot(ledger.definition, ledger.state);
    const newer = defined({ version: 2 });
    expect(() => restore(newer, stored)).toThrow(
      expect.objectContaining({ code: 'STATE_VERSION', message: expect.stringMatching(/version 1 of topology test; this code has version 2/) }),
    );
    const older = snapshot(newer, ledger.state);
    const migrate = (state: unknown) => state as Marks;
    expect(() => restore(defined({ migrate }), older)).toThrow(expect.objectContaining({ code: 'STATE_VERSION' }));
    const row = stored.keys.k?.key as { version: number };
    row.version = 2;
    expect(() => restore(ledger.definition, stored)).toThrow(
      expect.objectContaining({ code: 'STATE_VERSION', message: expect.stringMatching(/has version 2; this code knows 1/) }),
    );
  });

  it('R6: keys of any name survive a snapshot', () => {
    const ledger = new Ledger(defined({ reducer: marks }));
    for (const key of ['__proto__', 'constructor', '', '10', '\u{1f980}']) ledger.record('open', 0, { key, source: { id: '__proto__' } });
    const again = new Ledger(ledger.definition, restore(ledger.definition, JSON.parse(JSON.stringify(snapshot(ledger.definition, ledger.state)))));
    again.record('open', 1, { key: '__proto__', source: { id: '__proto__' } });
    again.claim(15);
    expect(again.read()).toEqual([
      '__proto__ open@1: duplicate',
      ...['', '10', '__proto__', 'constructor', '\u{1f980}'].map((key) => `window ${key}[0,10) (open) by watermark`),
    ]);
  });
});

function holdingItself(): unknown {
  const state: { self?: unknown } = {};
  state.self = state;
  return state;
}
