import {
  asyncScheduler,
  concat,
  defer,
  ignoreElements,
  interval,
  NEVER,
  Observable,
  of,
  race,
  repeat,
  Subject,
  scan,
  take,
  throttleTime,
  timer,
} from 'rxjs';
import { messageOf, OrielError } from '../core/errors.ts';
import { encode } from '../protocol/frame-text.ts';
import type { LiveFrame } from '../protocol/live.ts';
import { decodeLiveFrame } from '../protocol/live-codec.ts';
import { CLOSE, LIVE_PROTOCOL } from '../protocol/sockets.ts';
import { applyFrame, INITIAL_STATE, type LiveState } from './live-state.ts';
import { routeOf } from './route.ts';

const SEEN_EVERY_MS = 50;
const PING_EVERY_MS = 20_000;
const BACKOFF_MS = { least: 250, most: 10_000 } as const;
const OPEN = 1;

/** What the client needs of a `WebSocket`: the browser's, Node's and the package `ws` all have it. */
export interface LiveSocket {
  readonly readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
}

/** Which partition is watched, and what of the platform the view is to use in place of its own. */
export interface LiveOptions {
  /** The Worker's address, `http:`, `https:`, `ws:` or `wss:`; only its origin counts. */
  readonly url: string;
  readonly topic: string;
  readonly partition: number;
  /** Default: the platform's own. */
  readonly WebSocket?: new (
    url: string,
    protocols: string[],
  ) => LiveSocket;
  /** The local clock. Default: `Date`. */
  readonly clock?: { now(): number };
  /** In [0, 1), for the jitter of the back-off. Default: `Math.random`. */
  readonly random?: () => number;
  /** An emission ends a wait for the next attempt: signed in, back online. */
  readonly wake?: Observable<unknown>;
}

type Change = Partial<LiveState> | { readonly frame: LiveFrame; readonly receivedAt: number };

/**
 * A live view of one partition (P9). Cold: each subscription has its own socket and state, and ends only when it is unsubscribed. A lost
 * connection is made again after 0.25 s to at most 10 s, with jitter; what was known stays in the state until the new snapshot.
 * @throws OrielError `OPTION` for an address that is none, or where the platform has no WebSocket and none is given.
 */
export function liveView(options: LiveOptions): Observable<LiveState> {
  const { clock = Date, random = Math.random, wake = NEVER } = options;
  const address = routeOf(options.url, ['live', options.topic, String(options.partition)]);
  address.protocol = address.protocol.replace('http', 'ws');
  const Socket = options.WebSocket ?? globalThis.WebSocket;
  if (Socket === undefined)
    throw new OrielError('OPTION', 'WebSocket: the platform has none and none was given; pass one, such as that of the package ws.');

  return defer(() => {
    let failures = 0;
    const connection = defer(() => frames(() => new Socket(address.href, [LIVE_PROTOCOL]), clock));
    const counted = new Observable<Change>((subscriber) => {
      failures += 1;
      return connection.subscribe({
        next: (change) => {
          if ('frame' in change) failures = 0;
          subscriber.next(change);
        },
        complete: () => subscriber.complete(),
      });
    });
    const wait = defer(() => {
      const ms = backoff(failures, random());
      const waiting: Change = { connection: 'waiting', failures, retryAt: clock.now() + ms };
      return concat(of(waiting), race(timer(ms), concat(wake, NEVER)).pipe(take(1), ignoreElements()));
    });
    const connecting: Change = { connection: 'connecting', retryAt: null };
    return concat(of(connecting), counted, wait).pipe(
      repeat(),
      scan((state, change) => ('frame' in change ? applyFrame(state, change.frame, change.receivedAt) : { ...state, ...change }), INITIAL_STATE),
    );
  });
}

/** Ms before the next attempt after `failures` in a row: full jitter from 250 ms up to 500 ms, 1 s, 2 s ... 10 s. */
function backoff(failures: number, random: number): number {
  const most = Math.min(BACKOFF_MS.most, BACKOFF_MS.least * 2 ** Math.min(failures + 1, 20));
  return Math.round(BACKOFF_MS.least + random * (most - BACKOFF_MS.least));
}

/** One connection, from the attempt to its end: completes, and never fails. */
function frames(connect: () => LiveSocket, clock: { now(): number }): Observable<Change> {
  return new Observable((subscriber) => {
    const socket = connect();
    const seen = new Subject<number>();
    const say = (text: string): void => {
      if (socket.readyState === OPEN) socket.send(text);
    };
    const end = (trouble: string | null): void => {
      subscriber.next({ trouble });
      subscriber.complete();
    };
    let heard = true;
    subscriber.add(
      seen.pipe(throttleTime(SEEN_EVERY_MS, asyncScheduler, { leading: true, trailing: true })).subscribe((n) => say(encode({ t: 'seen', n }))),
    );
    // A link that died without a word shows only by its silence, and `close` would wait for the other side: the observable ends by itself.
    subscriber.add(
      interval(PING_EVERY_MS).subscribe(() => {
        if (!heard) return end('no answer for 20 s');
        heard = false;
        say('ping');
      }),
    );
    subscriber.add(() => socket.close(CLOSE.normal));

    socket.addEventListener('open', () => {
      if (!subscriber.closed) subscriber.next({ connection: 'open', retryAt: null, trouble: null });
    });
    socket.addEventListener('message', ({ data }) => {
      if (subscriber.closed) return;
      heard = true;
      if (data === 'pong') return;
      try {
        const frame = decodeLiveFrame(String(data));
        subscriber.next({ frame, receivedAt: clock.now() });
        seen.next(frame.n);
      } catch (error) {
        socket.close(CLOSE.badFrame, 'bad frame');
        end(messageOf(error));
      }
    });
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', ({ code, reason }) => {
      if (!subscriber.closed) end(reason === '' ? `the connection closed (${code})` : `${reason} (${code})`);
    });
  });
}
