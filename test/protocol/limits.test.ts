import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesOf, decodeBridgeFrame } from '../../src/protocol/codec.ts';
import { Instant, Offset } from '../../src/protocol/fields.ts';
import { encode } from '../../src/protocol/frame-text.ts';
import { CREDIT, HELLO_TIMEOUT_MS, KEY_BYTES, LIMITS, OUTCOMES_IN_FLIGHT, SILENCE_MS } from '../../src/protocol/limits.ts';
import { decodeSeenFrame } from '../../src/protocol/live-codec.ts';

const SPEC = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');

describe('limits', () => {
  it('P3: a credit is 0 or lets a whole frame and a whole batch go', () => {
    expect(CREDIT.bytes).toBeGreaterThanOrEqual(LIMITS.frameBytes);
    expect(CREDIT.records).toBeGreaterThanOrEqual(LIMITS.batchRecords);
  });

  it('P4: a record of the most bytes fits into a frame, whatever the frame says beside it', () => {
    const value = 'x'.repeat(LIMITS.recordBytes - 2);
    expect(bytesOf(JSON.stringify(value))).toBe(LIMITS.recordBytes);
    const last = '9223372036854775807';
    const frame = encode({ t: 'data', from: last, records: [{ offset: last, timestamp: 8.64e15, key: '\u0000'.repeat(KEY_BYTES), value }] });
    expect(bytesOf(frame)).toBeLessThan(LIMITS.frameBytes);
  });

  it('P3, P4, P8, T5: are the ones that the contract names', () => {
    expect(SPEC).toContain(`no hello within ${HELLO_TIMEOUT_MS / 1_000} s`);
    expect(SPEC).toContain(`silence of ${SILENCE_MS / 1_000} s`);
    expect(SPEC).toContain(`At most ${OUTCOMES_IN_FLIGHT.toLocaleString('en')} outcomes are unacknowledged in flight`);
    expect(SPEC).toContain(`keys (${KEY_BYTES.toLocaleString('en')} bytes UTF-8)`);
  });

  it.each([
    ['', 0],
    ['a', 1],
    ['é', 2],
    ['橋', 3],
    ['🙂', 4],
    ['\ud800', 3],
    ['a\u0000"', 3],
  ])('P4: %j is measured in bytes of UTF-8: %i', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes);
  });
});

describe('numbers on the wire', () => {
  it.each(['0', '1', '10', '999999999999999999', '9007199254740993', '9223372036854775807'])('P4: %s is an offset', (text) => {
    expect(Offset.parse(text)).toBe(text);
  });

  it.each([
    ...['', '00', '01', '-0', '-1', '+1', '1.0', '1e3', '1_000', ' 1', '1 ', '1\n', '0x1', '1n', '１', '٣', 'NaN', 'Infinity', 'null'],
    ...['9223372036854775808', '9999999999999999999', '10000000000000000000', '1'.repeat(1_000)],
    ...[0, 1, -1, 0.5, null, undefined, true, [], ['1'], {}],
  ])('P4: %j is none', (given) => {
    expect(Offset.safeParse(given).success).toBe(false);
  });

  it.each([0, 1, 1_764_000_000_000, 8.64e15])('P4: %d is an instant', (given) => {
    expect(Instant.parse(given)).toBe(given);
  });

  it.each([-1, 0.5, 8.64e15 + 1, Number.NaN, Number.POSITIVE_INFINITY, '0', null, undefined])('P4: %s is none', (given) => {
    expect(Instant.safeParse(given).success).toBe(false);
  });

  const hello = {
    t: 'hello',
    bridge: 'b',
    mode: 'live',
    epoch: 0,
    generation: 0,
    incarnation: 'i',
    start: '0',
    end: '0',
    partitions: 1,
    outcomes: true,
    now: 0,
  };
  it.each([
    { bridge: 'x'.repeat(1_000) },
    { incarnation: 'x'.repeat(1_000) },
    { epoch: Number.MAX_SAFE_INTEGER },
    { generation: Number.MAX_SAFE_INTEGER },
    { partitions: 1 },
  ])('P4: takes a hello with %j', (change) => {
    expect(decodeBridgeFrame(JSON.stringify({ ...hello, ...change }))).toMatchObject(change);
  });

  it.each([
    { bridge: 'x'.repeat(1_001) },
    { incarnation: 'x'.repeat(1_001) },
    { epoch: Number.MAX_SAFE_INTEGER + 1 },
    { generation: 1.5 },
    { partitions: 0 },
    { outcomes: 1 },
    { mode: null },
  ])('P4: refuses a hello with %j', (change) => {
    expect(() => decodeBridgeFrame(JSON.stringify({ ...hello, ...change }))).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
  });

  it.each([-1, 0.5, '1', null])('P9: seen takes no n of %s', (n) => {
    expect(() => decodeSeenFrame(JSON.stringify({ t: 'seen', n }))).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
  });
});
