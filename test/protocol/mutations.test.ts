import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrielError } from '../../src/core/errors.ts';
import { decodeBridgeFrame, decodeObjectFrame } from '../../src/protocol/codec.ts';
import { encode } from '../../src/protocol/frame-text.ts';
import { decodeLiveFrame, decodeSeenFrame } from '../../src/protocol/live-codec.ts';
import { change, changed, torn } from './hurt.ts';
import { BRIDGE_VECTORS, LIVE_VECTORS, OBJECT_VECTORS, SEEN_VECTOR } from './vectors.ts';

const sides = [
  { side: 'bridge', decode: decodeBridgeFrame, texts: BRIDGE_VECTORS.map(({ text }) => text) },
  { side: 'object', decode: decodeObjectFrame, texts: OBJECT_VECTORS.map(({ text }) => text) },
  { side: 'live', decode: decodeLiveFrame, texts: LIVE_VECTORS.map(({ text }) => text) },
  { side: 'viewer', decode: decodeSeenFrame, texts: [SEEN_VECTOR.text] },
];

/** `true` for a frame, `false` for a bad one; whatever else is thrown is a fault. */
function isTaken(decode: (text: string) => unknown, text: string): boolean {
  try {
    const frame = decode(text);
    // What was taken can be written and taken again, and is the same.
    expect(decode(encode(frame as never))).toEqual(frame);
    return true;
  } catch (error) {
    if (!(error instanceof OrielError)) throw error;
    expect([error.code, error.retryable]).toEqual(['BAD_FRAME', false]);
    expect(error.message.length).toBeLessThan(2_000);
    return false;
  }
}

describe.each(sides)('frames for the $side, hurt', ({ decode, texts }) => {
  it('P4: changed in some places are a frame or BAD_FRAME, and nothing else', () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
        const hurt = JSON.stringify(changes.reduce<unknown>(changed, JSON.parse(text))) ?? '';
        if (isTaken(decode, hurt)) taken++;
        else refused++;
      }),
      { numRuns: 1_500 },
    );
    // It was not one verdict for all.
    expect(Math.min(taken, refused)).toBeGreaterThan(20);
  });

  it('P4: cut, doubled or with other characters in their text are a frame or BAD_FRAME', () => {
    fc.assert(
      fc.property(torn(texts), (text) => void isTaken(decode, text)),
      { numRuns: 1_000 },
    );
  });

  it('P4: any JSON and any text at all are a frame or BAD_FRAME', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string({ unit: 'binary' }),
          fc.jsonValue().map((value) => JSON.stringify({ t: value })),
        ),
        (text) => void isTaken(decode, text),
      ),
      {
        numRuns: 1_000,
      },
    );
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'])(
    'P4: %s is no kind of frame, and as a field changes none',
    (word) => {
      expect(isTaken(decode, JSON.stringify({ t: word }))).toBe(false);
      for (const text of texts) {
        const more = `${text.slice(0, -1)},${JSON.stringify(word)}:{"t":"hello","polluted":true}}`;
        expect(decode(more)).toEqual(decode(text));
      }
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  it('P4: nested as deep as a frame can be they are a frame or BAD_FRAME', () => {
    const depth = 500_000;
    expect(isTaken(decode, '['.repeat(depth) + ']'.repeat(depth))).toBe(false);
    expect(isTaken(decode, `${'{"t":'.repeat(150_000)}0${'}'.repeat(150_000)}`)).toBe(false);
    expect(isTaken(decode, '['.repeat(depth))).toBe(false);
    for (const text of texts) {
      const more = `${text.slice(0, -1)},"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      expect(decode(more)).toEqual(decode(text));
    }
  });
});

it('P4: lone surrogates in a frame come through, and are its content’s business', () => {
  const text = '{"t":"data","from":"0","records":[{"offset":"0","key":"\\ud800","value":"\\udfff\\ud83d"}]}';
  const frame = decodeBridgeFrame(text);
  expect(frame).toEqual({ t: 'data', from: '0', records: [{ offset: '0', key: '\ud800', value: '\udfff\ud83d' }] });
  expect(encode(frame)).toBe(text);
});

it('P4: a value nested deep inside a record is no bad frame: the record is judged on its own', () => {
  const depth = 400_000;
  const frame = decodeBridgeFrame(`{"t":"data","from":"0","records":[{"offset":"0","value":${'['.repeat(depth)}${']'.repeat(depth)}}]}`);
  expect(frame.t === 'data' && frame.records[0]?.offset).toBe('0');
});

it('P4: the message of a bad frame names the first thing that is wrong and stays short', () => {
  const messageOf = (text: string): string => {
    try {
      decodeBridgeFrame(text);
      return '';
    } catch (error) {
      return (error as OrielError).message;
    }
  };
  expect(messageOf('{')).toBe('The frame is no JSON text.');
  expect(messageOf('{"t":"data","from":"0","records":[{"offset":"0"},{"offset":1}]}')).toContain('/records/1/offset');
  expect(messageOf(`{"t":${JSON.stringify('x'.repeat(1_000_000))}}`).length).toBeLessThan(500);
});
