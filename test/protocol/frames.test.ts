import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { decodeBridgeFrame, decodeObjectFrame } from '../../src/protocol/codec.ts';
import { encode } from '../../src/protocol/frame-text.ts';
import { BridgeFrame, ObjectFrame, WireRecord } from '../../src/protocol/frames.ts';
import { LiveFrame } from '../../src/protocol/live.ts';
import { decodeLiveFrame, decodeSeenFrame } from '../../src/protocol/live-codec.ts';
import { CLOSE, INGEST_PROTOCOL, LIVE_PROTOCOL } from '../../src/protocol/sockets.ts';
import { BRIDGE_VECTORS, LIVE_VECTORS, OBJECT_VECTORS, SEEN_VECTOR, type Vector } from './vectors.ts';

const SPEC = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');

const sides = [
  { side: 'bridge', vectors: BRIDGE_VECTORS, decode: decodeBridgeFrame, schema: BridgeFrame },
  { side: 'object', vectors: OBJECT_VECTORS, decode: decodeObjectFrame, schema: ObjectFrame },
  { side: 'live', vectors: LIVE_VECTORS, decode: decodeLiveFrame, schema: LiveFrame },
] as const;

describe.each(sides)('frames of the $side', ({ vectors, decode, schema }) => {
  const all: readonly Vector<{ readonly t: string }>[] = vectors;

  it.each(all.map(({ frame, text }, i) => [frame.t, i, frame, text] as const))(
    'P4, P9: %s (%i) reads and writes as the vector says',
    (_t, _i, frame, text) => {
      expect(decode(text)).toEqual(frame);
      expect(encode(frame as never)).toBe(text);
      expect(encode(decode(text))).toBe(text);
    },
  );

  it('P4, P9: the vectors hold every kind, and every field of each', () => {
    for (const option of schema.options) {
      const t = option.shape.t.value;
      const fields = new Set(all.filter(({ frame }) => frame.t === t).flatMap(({ frame }) => Object.keys(frame)));
      expect([...fields].sort(), t).toEqual(Object.keys(option.shape).sort());
    }
  });

  it('P4, P9: fields nobody knows are left out, in the frame and below', () => {
    for (const { frame, text } of all) {
      const more = JSON.parse(text) as Record<string, unknown>;
      Object.assign(more, { unknown: 1, unknown2: [2] });
      if (frame.t === 'welcome') Object.assign(more.limits as object, { unknown: 3 });
      expect(decode(JSON.stringify(more))).toEqual(frame);
    }
  });

  it('P4, P9: a frame of another side is a bad one', () => {
    for (const other of sides.filter((side) => side.schema !== schema)) {
      for (const { text } of other.vectors) {
        const t = (JSON.parse(text) as { t: string }).t;
        if (schema.options.some((option) => option.shape.t.value === t)) continue;
        expect(() => decode(text), text).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
      }
    }
  });
});

it('P9: seen reads and writes as the vector says', () => {
  expect(decodeSeenFrame(SEEN_VECTOR.text)).toEqual(SEEN_VECTOR.frame);
  expect(encode(SEEN_VECTOR.frame)).toBe(SEEN_VECTOR.text);
});

it('P4: every field of a record is in a vector', () => {
  const fields = BRIDGE_VECTORS.flatMap(({ frame }) => (frame.t === 'data' ? frame.records.flatMap((record) => Object.keys(record)) : []));
  expect([...new Set(fields)].sort()).toEqual(Object.keys(WireRecord.shape).sort());
});

describe('the table of SPEC §5', () => {
  /** `t` and its fields, as the rows of the table name them: `| from | {t:"data", from, records:[{…}]} | … |`. */
  function documented(): Map<string, { readonly from: string; readonly fields: string[]; readonly inner: string[] }> {
    const found = new Map<string, { from: string; fields: string[]; inner: string[] }>();
    for (const [, from, cell] of SPEC.matchAll(/^\| (bridge|object|either) \| (`\{t:.*?) \|/gm)) {
      for (const [, t, rest] of (cell as string).matchAll(/`\{t:"(\w+)"(?:, (.*?))?\}`(?= |$)/g)) {
        const text = rest ?? '';
        const inner = [...text.matchAll(/[[{]+([^\]}]*)[\]}]+/g)].flatMap(([, names]) => namesIn(names as string));
        found.set(t as string, { from: from as string, fields: namesIn(text.replaceAll(/:[[{]+[^\]}]*[\]}]+/g, '')), inner });
      }
    }
    return found;
  }

  function namesIn(text: string): string[] {
    return text
      .split(',')
      .map((name) => name.trim().replace('?', ''))
      .filter((name) => name !== '');
  }

  function fieldsOf(schema: z.ZodDiscriminatedUnion<readonly z.ZodObject[]>, t: string): string[] | undefined {
    const option = schema.options.find((each) => (each.shape.t as z.ZodLiteral<string>).value === t);
    return option === undefined ? undefined : Object.keys(option.shape).filter((name) => name !== 't');
  }

  const table = documented();

  it('P4: names every frame that the schemas know, of its side, and no other', () => {
    const of = (...sides: string[]) => [...table].filter(([, { from }]) => sides.includes(from)).map(([t]) => t);
    const kinds = (schema: typeof BridgeFrame | typeof ObjectFrame) => schema.options.map((option) => option.shape.t.value as string);
    expect(of('bridge', 'either').sort()).toEqual(kinds(BridgeFrame).sort());
    expect(of('object', 'either').sort()).toEqual(kinds(ObjectFrame).sort());
  });

  it.each([...table])('P4: names the fields of %s as the schema does', (t, { from, fields, inner }) => {
    for (const schema of from === 'object' ? [ObjectFrame] : from === 'bridge' ? [BridgeFrame] : [BridgeFrame, ObjectFrame]) {
      expect(fieldsOf(schema as never, t)).toEqual(fields);
    }
    if (t === 'data') expect(inner).toEqual(['offset', 'timestamp', 'key', 'value', 'headers']);
    if (t === 'welcome') expect(inner).toEqual(['records', 'bytes', 'frameBytes', 'batchRecords', 'recordBytes']);
  });

  it('P4: names the close codes', () => {
    const rule = /Close codes: (.*?)\. A bad frame/s.exec(SPEC)?.[1] ?? '';
    const codes = [...rule.matchAll(/\b4\d{3}\b/g)].map(([code]) => Number(code));
    expect(codes).toEqual(Object.values(CLOSE).filter((code) => code >= 4_000));
  });

  it('P9: names the subprotocols', () => {
    expect(SPEC).toContain(`subprotocol \`${INGEST_PROTOCOL}\``);
    expect(SPEC).toContain(`subprotocol \`${LIVE_PROTOCOL}\``);
  });
});
