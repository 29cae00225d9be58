import type { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import type { BridgeFrame, ObjectFrame } from './frames.ts';
import type { LiveFrame, SeenFrame } from './live.ts';

/** A frame as text. */
export function encode(frame: BridgeFrame | ObjectFrame | LiveFrame | SeenFrame): string {
  return JSON.stringify(frame);
}

/** Reads frames of a schema from their text; it throws OrielError `BAD_FRAME`, naming the first thing that is wrong (P4). */
export function decoder<Frame>(schema: z.ZodType<Frame>): (text: string) => Frame {
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
