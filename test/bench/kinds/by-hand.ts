import { Anchored } from './by-hand/anchored.ts';
import { Hopping } from './by-hand/hopping.ts';
import { Session } from './by-hand/session.ts';
import { Sliding } from './by-hand/sliding.ts';
import { Tumbling } from './by-hand/tumbling.ts';
import { Unlimited } from './by-hand/unlimited.ts';
import type { LoopOf } from './loop.ts';

const LOOPS = { tumbling: Tumbling, hopping: Hopping, sliding: Sliding, session: Session, unlimited: Unlimited, anchored: Anchored };

export const loopOf: LoopOf = (kind, tell) => new LOOPS[kind](tell);
