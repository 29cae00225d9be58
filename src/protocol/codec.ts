import type { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import { BridgeFrame, ObjectFrame } from './frames.ts';
import { LiveFrame, SeenFrame } from './live.ts';

/** A frame as text. */
export function encode(frame: BridgeFrame | ObjectFrame | LiveFrame | SeenFrame): string {
  return JSON.stringify(frame);
}

/** UTF-8 bytes of a text, the unit of every byte limit. */
export function bytesOf(text: string): number {
  return encoder.encode(text).byteLength;
}

const encoder = new TextEncoder();

/** A frame of a bridge, from its text. @throws OrielError `BAD_FRAME`, naming the first thing that is wrong with the envelope (P4). */
export const decodeBridgeFrame = decoder(BridgeFrame);
/** A frame of a partition's object to a bridge, from its text. @throws OrielError `BAD_FRAME`. */
export const decodeObjectFrame = decoder(ObjectFrame);
/** A frame of a partition's object to a viewer, from its text. @throws OrielError `BAD_FRAME`. */
export const decodeLiveFrame = decoder(LiveFrame);
/** What a viewer answers, from its text. @throws OrielError `BAD_FRAME`. */
export const decodeSeenFrame = decoder(SeenFrame);

function decoder<Frame>(schema: z.ZodType<Frame>): (text: string) => Frame {
  return (text) => {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw new OrielError('BAD_FRAME', 'The frame is no JSON text.', { cause });
    }
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new OrielError('BAD_FRAME', `The frame breaks the protocol at /${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'unknown'}.`);
  };
}
