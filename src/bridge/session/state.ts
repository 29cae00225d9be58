import { compareOffsets } from '../../core/record.ts';
import type { Claim } from '../../protocol/frames.ts';
import type { Sender } from './sender.ts';

/** What a session knows beyond one socket. */
export class SessionState {
  /** Records sent, those sent again included; records acknowledged; records the object told to be dead letters. */
  sent = 0;
  acknowledged = 0;
  rejected = 0;
  /** Called after each of them. */
  onReject: (() => void) | undefined;
  claims = 0;
  /** Outcomes that the sink has settled. */
  outcomes = 0;
  /** The offset the object wants next, from its last word; `undefined` until it said one. */
  next: string | undefined;
  /** Everything below it is acknowledged, or holds no record; `undefined` until the object said where it is. */
  passed: string | undefined;
  /** The sender of the last socket: what was out then can turn out to be acknowledged at the next welcome. */
  left: Sender | undefined;
  /** The last claim of a replay: it is in force again after a reconnect (T5). */
  claim: Claim | undefined;

  /** Takes the `next` of an `ack`; true where it moved on. */
  moveTo(next: string): boolean {
    if (this.next !== undefined && compareOffsets(next, this.next) <= 0) return false;
    this.next = next;
    return true;
  }
}
