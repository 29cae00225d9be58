import { encode } from '../../../src/protocol/frame-text.ts';
import { type LiveFrame, LiveFrame as LiveFrameSchema } from '../../../src/protocol/live.ts';
import { decodeLiveFrame } from '../../../src/protocol/live-codec.ts';
import { LIVE_PROTOCOL } from '../../../src/protocol/sockets.ts';
import { Peer } from './peer.ts';
import { TOPIC } from './stage.ts';

/** What a viewer is sent; an `error` comes only before a close. */
export type ViewerFrame = LiveFrame | { readonly t: 'error'; readonly code: string; readonly message: string };

/** A viewer of a partition, by hand. */
export class Viewer extends Peer<ViewerFrame> {
  static async connect(topic = TOPIC): Promise<Viewer> {
    return new Viewer(await Peer.upgrade(`/v1/live/${topic}/0`, LIVE_PROTOCOL), decode);
  }

  /** Says what it has taken in: by default everything. */
  seen(n = this.n): void {
    this.say(encode({ t: 'seen', n }));
  }

  /** Frames that came after the one numbered `n`. */
  since(n: number): LiveFrame[] {
    return this.frames.filter((frame): frame is LiveFrame => 'n' in frame && frame.n > n);
  }

  /** The number of the last frame. */
  get n(): number {
    const last = this.frames.at(-1);
    return last !== undefined && 'n' in last ? last.n : 0;
  }
}

function decode(text: string): ViewerFrame {
  const json = JSON.parse(text) as { t: string };
  if (json.t === 'error') return json as ViewerFrame;
  // Strict: nothing is sent that is not documented.
  const strict = LiveFrameSchema.options.map((option) => option.strict()).find((option) => option.shape.t.value === json.t);
  return strict === undefined ? decodeLiveFrame(text) : (strict.parse(json) as LiveFrame);
}
