import { decoder } from './frame-text.ts';
import { BridgeFrame, ObjectFrame } from './frames.ts';

/** UTF-8 bytes of a text, the unit of every byte limit. */
export function bytesOf(text: string): number {
  return encoder.encode(text).byteLength;
}

const encoder = new TextEncoder();

/** A frame of a bridge, from its text. @throws OrielError `BAD_FRAME`, naming the first thing that is wrong with the envelope (P4). */
export const decodeBridgeFrame = decoder(BridgeFrame);
/** A frame of a partition's object to a bridge, from its text. @throws OrielError `BAD_FRAME`. */
export const decodeObjectFrame = decoder(ObjectFrame);
