import type { UseStore } from 'idb-keyval';
import type { Observable } from 'rxjs';
import type { OrielError } from '../core/errors.ts';
import type { TimeSettings } from '../core/time.ts';
import type { WindowOutput } from '../rxjs/items.ts';
import type { Durability } from '../stores/indexeddb.ts';
import type { TimeoutHost } from '../timers/timeout.ts';
import type { Answer } from './messages.ts';
import type { TabWindow } from './windows.ts';

/** Whether a tab leads, and where the state of all of them is. */
export interface TabStatus {
  /** `electing`: no tab is known to lead yet. `failed`: this one can do nothing, `error` says why; whether others can is another matter. */
  readonly role: 'electing' | 'leading' | 'watching' | 'failed' | 'closed';
  /** Of the state, wherever it is; absent before it is known. */
  readonly durability?: Durability;
  readonly error?: OrielError;
}

/** The parts of the browser that a tab stands on; each by default its own. */
export interface TabOptions {
  /** Of the database, the lock and the channel: tabs of one origin with one name are one. Default: the topology's name. */
  readonly name?: string;
  /** `mode` is `clock` by default, or `source`; `stream` is for logs, and refused here. The rest as in the topology. */
  readonly time?: TimeSettings;
  readonly host?: TimeoutHost;
  readonly locks?: Pick<LockManager, 'request'>;
  readonly channel?: (name: string) => TabChannel;
  /** As for `openStore`. */
  readonly use?: UseStore;
}

/** As much of a `BroadcastChannel` as is needed. What one tab posts before another comes to lead must be heard before what that one posts. */
export interface TabChannel {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** A topology that runs in one of all tabs, and is seen and fed in each. */
export interface Tab<V, S, O> {
  /** The present one at once, then every change; it never completes, so that the last one can be seen. */
  readonly status$: Observable<TabStatus>;
  /** Every output once in this tab, from its opening on, as plain JSON data: subscribe in the turn that opens it. After a crash outputs that were told can be told again in a new tab, with the same id (D6). */
  readonly outputs$: Observable<WindowOutput<V, S, O>>;
  /** All open windows, at once and after every change. */
  readonly windows$: Observable<readonly TabWindow[]>;
  /**
   * Takes an event, plain JSON data; one without a timestamp happens now. Resolves once what became of it is durable, and its outputs are told; also where it is
   * late or rejected, with code and message. `id` makes it known when it is sent twice; by default it has one of its own, so that it survives the death of the tab that leads, when it is asked again:
   * if it had been taken before, it is `duplicate` then.
   * @throws OrielError `UNAVAILABLE` beyond 10,000 that wait (`retryable`), and once the tab is closed: then nobody knows whether it was taken. What has made the tab fail: `STATE_VERSION`, `SUPERSEDED` (another tab led beside it), `ASYNC_OPERATOR`, `INTERNAL`.
   */
  send(event: unknown, id?: string): Promise<Answer>;
  /** Claims a watermark, ms, in mode `source` (T5). Resolves once it has settled what was due. @throws as `send`; OrielError `OPTION` in mode `clock`, and for no instant. */
  claim(watermark: number): Promise<void>;
  /** Where this tab leads: stores and tells all that it had taken, then lets another tab lead. What a tab that watches has sent, and is not answered, is refused, `UNAVAILABLE`. */
  close(): Promise<void>;
}
