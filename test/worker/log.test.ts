import { afterEach, describe, expect, it, vi } from 'vitest';
import { OrielError } from '../../src/core/errors.ts';
import { faultOf, log } from '../../worker/log.ts';
import { sourcesOf } from '../support/source.ts';

afterEach(() => void vi.restoreAllMocks());

describe('the log', () => {
  it.each(['info', 'warn', 'error'] as const)('§6: a line of level %s is one JSON object, said at that level', (level) => {
    const said = vi.spyOn(console, level).mockReturnValue(undefined);
    log(level, 'it happened', { object: 'orders/0', code: 'BAD_FRAME', attempts: 3, next: null, absent: undefined, error: 'two\nlines "quoted"' });
    const line = String(said.mock.calls[0]?.[0]);
    expect(line).not.toContain('\n');
    expect(Object.entries(JSON.parse(line) as object)).toEqual(
      Object.entries({
        level,
        message: 'it happened',
        object: 'orders/0',
        code: 'BAD_FRAME',
        attempts: 3,
        next: null,
        error: 'two\nlines "quoted"',
      }),
    );
  });

  it('§6: cuts a long text, so that no other side writes a line of any length', () => {
    const said = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    log('warn', 'the bridge reports an error', { error: 'x'.repeat(100_000) });
    const { error } = JSON.parse(String(said.mock.calls[0]?.[0])) as { error: string };
    expect([error.length, error.at(-1)]).toEqual([2_001, '…']);
  });

  it('§6: tells the code of our own errors, also of one that crossed RPC, and the message of anything thrown', () => {
    const remote = Object.assign(new Error('parked'), { name: 'OrielError', code: 'UNAVAILABLE' });
    expect([new OrielError('STATE_VERSION', 'too old'), remote, Object.assign(new Error('x'), { code: 'EPIPE' }), 'text'].map(faultOf)).toEqual([
      { code: 'STATE_VERSION', error: 'too old' },
      { code: 'UNAVAILABLE', error: 'parked' },
      { error: 'x' },
      { error: 'text' },
    ]);
  });

  it('§6: nothing in the Worker writes to the console beside it, but the library, which cannot import it', () => {
    const files = [...sourcesOf('worker'), ...sourcesOf('src')].filter(({ path }) => !path.startsWith('src/bridge/'));
    const speaking = files.filter(({ text }) => /\bconsole\s*[.[]/.test(text));
    expect(speaking.map(({ path }) => path).sort()).toEqual(['src/durable-object.ts', 'worker/log.ts']);
  });
});
