import { decoder } from './frame-text.ts';
import { LiveFrame, SeenFrame } from './live.ts';

/** A frame of a partition's object to a viewer, from its text. @throws OrielError `BAD_FRAME`. */
export const decodeLiveFrame = decoder(LiveFrame);
/** What a viewer answers, from its text. @throws OrielError `BAD_FRAME`. */
export const decodeSeenFrame = decoder(SeenFrame);
