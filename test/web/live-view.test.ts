import { Subject, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiveOptions, type LiveState, liveView, OrielError } from '../../src/client.ts';
import { FakeSocket } from './fake-socket.ts';
import { aWindow, snapshot, T0, watermark } from './frames.ts';

let subscription: Subscription | undefined;
let states: LiveState[];

function watch(options: Partial<LiveOptions> = {}): void {
  states = [];
  const view = liveView({ url: 'http://localhost:8787', topic: 'customer-events', partition: 0, WebSocket: FakeSocket, random: () => 0, ...options });
  subscription = view.subscribe((state) => states.push(state));
}

function last(): LiveState {
  const state = states.at(-1);
  if (state === undefined) throw new Error('no state came');
  return state;
}

beforeEach(() => {
  vi.useFakeTimers({ now: T0 });
  FakeSocket.reset();
});

afterEach(() => {
  subscription?.unsubscribe();
  vi.useRealTimers();
});

describe('the connection of a viewer', () => {
  it.each([
    ['http://localhost:8787', 'ws://localhost:8787/v1/live/customer-events/0'],
    ['https://oriel.example/page?x=1', 'wss://oriel.example/v1/live/customer-events/0'],
    ['wss://oriel.example', 'wss://oriel.example/v1/live/customer-events/0'],
  ])('P9: asks %s for oriel.live.v1 on the route of its partition', (url, address) => {
    watch({ url });
    expect(FakeSocket.last()).toMatchObject({ url: address, protocols: ['oriel.live.v1'] });
  });

  it('P9: refuses an address that is none, before anything is subscribed', () => {
    expect(() => watch({ url: 'localhost:8787' })).toThrowError(OrielError);
    expect(FakeSocket.made).toEqual([]);
  });

  it('P9: goes from connecting to open, and takes in the snapshot by its pages', () => {
    watch();
    FakeSocket.last().open();
    FakeSocket.last().say(snapshot({ windows: [aWindow('ada', '1')], more: true }));
    FakeSocket.last().say(snapshot({ n: 1, page: 1, windows: [aWindow('bob', '1')] }));
    expect(states.map(({ connection, open }) => [connection, open.size])).toEqual([
      ['connecting', 0],
      ['open', 0],
      ['open', 1],
      ['open', 2],
    ]);
  });

  it('P9: answers seen at most once in 50 ms, and always for the last frame', () => {
    watch();
    const socket = FakeSocket.last();
    socket.open();
    for (let n = 0; n < 5; n++) socket.say(n === 0 ? snapshot() : watermark({ n }));
    expect(socket.sent).toEqual(['{"t":"seen","n":0}']);
    vi.advanceTimersByTime(49);
    expect(socket.sent).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(socket.sent).toEqual(['{"t":"seen","n":0}', '{"t":"seen","n":4}']);
    vi.advanceTimersByTime(10_000);
    expect(socket.sent).toHaveLength(2);
    socket.say(watermark({ n: 5 }));
    expect(socket.sent.at(-1)).toBe('{"t":"seen","n":5}');
  });

  it('P9: sends ping every 20 s, and takes a pong for no frame', () => {
    watch();
    const socket = FakeSocket.last();
    socket.open();
    vi.advanceTimersByTime(19_999);
    expect(socket.sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(socket.sent).toEqual(['ping']);
    const before = states.length;
    socket.say('pong');
    vi.advanceTimersByTime(20_000);
    expect(socket.sent).toEqual(['ping', 'ping']);
    expect(states.length).toBe(before);
  });

  it('P9: a link that answers no ping for 20 s is given up, whether or not it ever closes', () => {
    watch();
    FakeSocket.last().open();
    FakeSocket.last().say(snapshot());
    vi.advanceTimersByTime(40_000);
    expect(last()).toMatchObject({ connection: 'waiting', trouble: 'no answer for 20 s' });
    expect(FakeSocket.made[0]?.closed).toBe(1000);
    vi.advanceTimersByTime(250);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it('P9: an attempt that neither opens nor fails is given up after 40 s at most', () => {
    watch();
    vi.advanceTimersByTime(40_000);
    expect(last().connection).toBe('waiting');
  });
});

describe('a lost connection', () => {
  it('P9: is made again, keeps what was known meanwhile, and its snapshot replaces that', () => {
    watch();
    FakeSocket.last().open();
    FakeSocket.last().say(snapshot({ windows: [aWindow('ada', '1')] }));
    FakeSocket.last().drop(1012, 'a new version');
    expect(last()).toMatchObject({ connection: 'waiting', retryAt: T0 + 250, trouble: 'a new version (1012)', failures: 0 });
    expect(last().open.size).toBe(1);
    vi.advanceTimersByTime(250);
    expect(last().connection).toBe('connecting');
    FakeSocket.last().open();
    FakeSocket.last().say(snapshot({ windows: [aWindow('bob', '1'), aWindow('chloe', '1')] }));
    expect([...last().open.values()].map(({ key }) => key)).toEqual(['bob', 'chloe']);
    expect(last()).toMatchObject({ connection: 'open', trouble: null });
  });

  it('P9: waits longer after each failure, from 0.25 s to at most 10 s, with jitter', () => {
    const waits = (random: () => number): number[] => {
      watch({ random });
      const times = Array.from({ length: 8 }, () => {
        FakeSocket.last().drop();
        const ms = (last().retryAt ?? 0) - Date.now();
        const made = FakeSocket.made.length;
        vi.advanceTimersByTime(ms - 1);
        expect(FakeSocket.made).toHaveLength(made);
        vi.advanceTimersByTime(1);
        expect(FakeSocket.made).toHaveLength(made + 1);
        return ms;
      });
      subscription?.unsubscribe();
      return times;
    };
    expect(waits(() => 0)).toEqual([250, 250, 250, 250, 250, 250, 250, 250]);
    expect(waits(() => 1)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000]);
  });

  it('P9: counts the attempts that brought no frame, and starts again from the first after one that did', () => {
    watch({ random: () => 1 });
    FakeSocket.last().open();
    FakeSocket.last().drop(4403, 'not allowed');
    expect(last().failures).toBe(1);
    vi.advanceTimersByTime(10_000);
    FakeSocket.last().drop();
    expect(last().failures).toBe(2);
    vi.advanceTimersByTime(10_000);
    FakeSocket.last().open();
    FakeSocket.last().say(snapshot());
    FakeSocket.last().drop();
    expect(last()).toMatchObject({ failures: 0, retryAt: Date.now() + 500 });
  });

  it('P9: a frame that breaks the protocol ends the connection and not the view', () => {
    watch();
    FakeSocket.last().open();
    FakeSocket.last().say(snapshot({ windows: [aWindow('ada', '1')] }));
    FakeSocket.last().say('{"t":"surprise"}');
    expect(FakeSocket.last().closed).toBe(4400);
    expect(last().connection).toBe('waiting');
    expect(last().trouble).toContain('breaks the protocol');
    expect(last().open.size).toBe(1);
  });

  it('P9: frames of a connection that was given up are ignored', () => {
    watch();
    const first = FakeSocket.last();
    first.open();
    first.drop();
    first.say(snapshot({ windows: [aWindow('ada', '1')] }));
    expect(last().open.size).toBe(0);
    expect(first.sent).toEqual([]);
  });

  it('P9: wake ends the wait at once, and one that completes ends nothing', () => {
    const wake = new Subject<void>();
    watch({ wake, random: () => 1 });
    FakeSocket.last().drop();
    wake.next();
    expect(FakeSocket.made).toHaveLength(2);
    wake.complete();
    FakeSocket.last().drop();
    expect(FakeSocket.made).toHaveLength(2);
    vi.advanceTimersByTime(10_000);
    expect(FakeSocket.made).toHaveLength(3);
  });

  it('P9: unsubscribing closes the socket and leaves no timer', () => {
    watch();
    FakeSocket.last().open();
    FakeSocket.last().say(snapshot());
    subscription?.unsubscribe();
    expect(FakeSocket.last().closed).toBe(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('P9: each subscription has a connection and a state of its own', () => {
    const view = liveView({ url: 'http://localhost:8787', topic: 't', partition: 1, WebSocket: FakeSocket });
    const sizes: number[][] = [[], []];
    const both = sizes.map((seen) => view.subscribe(({ open }) => seen.push(open.size)));
    FakeSocket.made[0]?.say(snapshot({ windows: [aWindow('ada', '1')] }));
    expect(sizes).toEqual([[0, 1], [0]]);
    for (const one of both) one.unsubscribe();
  });
});
