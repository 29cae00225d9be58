import { encode } from '../src/protocol/frame-text.ts';
import type { Counts, LiveFrame, LiveLate, LiveOutcome, LiveSource, LiveWindow, SnapshotFrame } from '../src/protocol/live.ts';
import { decodeSeenFrame } from '../src/protocol/live-codec.ts';
import type { Topology } from '../src/topology.ts';
import { type Cursor, FIRST } from './deadlines.ts';
import { attachmentOf, refuse } from './sockets.ts';

/** What the viewers are shown of their partition. */
export interface Scene {
  readonly topic: string;
  readonly partition: number;
  readonly topology: Pick<Topology, 'name' | 'time'>;
  sockets(): WebSocket[];
  now(): number;
  watermark(): number | null;
  counts(): Counts;
  source(): LiveSource;
  windows(after: Cursor, limit: number): { cursor: Cursor; window: LiveWindow }[];
  /** Windows past their closing whose source is not known to be that far (T6), at most so many. */
  held(limit: number): LiveWindow[];
  lastOutcomes(count: number): LiveOutcome[];
}

/** 20 times a second (P9). */
const LEAST_INTERVAL_MS = 50;
const PAGE = 500;
const LAST_OUTCOMES = 100;
const LAST_LATES = 100;
const UNSEEN = 100;

interface Pending {
  /** A window is held that was not: which ones, is looked up when it is shown. */
  held: boolean;
  readonly windows: Map<string, LiveWindow>;
  outcomes: LiveOutcome[];
  lates: LiveLate[];
}

/** Where the partition stands: the same for all that are told at once. */
type Standing = Pick<SnapshotFrame, 'counts' | 'source'>;

/** One viewer, as long as the object is in memory. */
interface Viewer {
  n: number;
  seen: number;
  flushed: number;
  /** 100 frames unseen: it has been sent a snapshot in their stead, and gets nothing until it has seen that. */
  waitsFor: number | undefined;
  missed: boolean;
  pending: Pending | undefined;
}

/**
 * The viewers of one partition (P9). What changes is gathered by window and sent at the end of the event that changed it, at most 20 times a second to each; what
 * is left over goes with a later event, or with the alarm. A viewer that does not keep up is sent a snapshot, and nobody waits for it.
 */
export class Viewers {
  readonly #scene: Scene;
  readonly #viewers = new WeakMap<WebSocket, Viewer>();
  #changed = false;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  welcome(socket: WebSocket): void {
    this.#viewers.set(socket, { n: 0, seen: 0, flushed: 0, waitsFor: undefined, missed: false, pending: undefined });
    this.#snapshot(socket);
  }

  /** A message of a viewer. */
  message(socket: WebSocket, message: string | ArrayBuffer): void {
    const viewer = this.#viewerOf(socket);
    try {
      if (typeof message !== 'string' || message.length > 1_000) throw new Error('A viewer sends {"t":"seen","n":N}.');
      viewer.seen = Math.max(viewer.seen, Math.min(decodeSeenFrame(message).n, viewer.n));
    } catch (error) {
      refuse(socket, 'badFrame', 'BAD_FRAME', error instanceof Error ? error.message : String(error));
      return;
    }
    if (viewer.waitsFor === undefined || viewer.seen < viewer.waitsFor) return;
    viewer.waitsFor = undefined;
    if (viewer.missed) this.#snapshot(socket);
  }

  note(changes: {
    readonly held?: boolean;
    readonly windows?: readonly LiveWindow[];
    readonly outcomes?: readonly LiveOutcome[];
    readonly lates?: readonly LiveLate[];
  }): void {
    this.#changed = true;
    for (const socket of this.#scene.sockets()) {
      const viewer = this.#viewerOf(socket);
      viewer.pending ??= { held: false, windows: new Map(), outcomes: [], lates: [] };
      viewer.pending.held ||= changes.held ?? false;
      for (const window of changes.windows ?? []) viewer.pending.windows.set(nameOf(window), window);
      viewer.pending.outcomes = [...viewer.pending.outcomes, ...(changes.outcomes ?? [])].slice(-LAST_OUTCOMES);
      viewer.pending.lates = [...viewer.pending.lates, ...(changes.lates ?? [])].slice(-LAST_LATES);
    }
  }

  /** Sends what may be sent now. Gives the instant at which what is left may be, if anything is. */
  flush(): number | undefined {
    if (!this.#changed) return undefined;
    const now = this.#scene.now();
    let next: number | undefined;
    let standing: Standing | undefined;
    for (const socket of this.#scene.sockets()) {
      const viewer = this.#viewerOf(socket);
      if (viewer.pending === undefined) continue;
      if (now < viewer.flushed + LEAST_INTERVAL_MS && now >= viewer.flushed) {
        next = Math.min(next ?? Number.POSITIVE_INFINITY, viewer.flushed + LEAST_INTERVAL_MS);
      } else {
        standing ??= { counts: this.#scene.counts(), source: this.#scene.source() };
        this.#send(socket, viewer, viewer.pending, now, standing);
      }
    }
    this.#changed = next !== undefined;
    return next;
  }

  #send(socket: WebSocket, viewer: Viewer, pending: Pending, now: number, standing: Standing): void {
    viewer.pending = undefined;
    viewer.flushed = now;
    if (viewer.waitsFor !== undefined) {
      viewer.missed = true;
      return;
    }
    if (viewer.n - viewer.seen >= UNSEEN) {
      this.#snapshot(socket);
      viewer.waitsFor = viewer.n;
      return;
    }
    for (const window of pending.held ? this.#scene.held(PAGE) : [])
      if (!pending.windows.has(nameOf(window))) pending.windows.set(nameOf(window), window);
    if (pending.windows.size > 0) this.#frame(socket, viewer, { t: 'window', items: [...pending.windows.values()] });
    if (pending.outcomes.length > 0) this.#frame(socket, viewer, { t: 'outcome', items: pending.outcomes });
    if (pending.lates.length > 0) this.#frame(socket, viewer, { t: 'late', items: pending.lates });
    this.#frame(socket, viewer, { t: 'watermark', ...standing });
  }

  #snapshot(socket: WebSocket): void {
    const scene = this.#scene;
    const viewer = this.#viewerOf(socket);
    viewer.missed = false;
    viewer.pending = undefined;
    let after = FIRST;
    for (let page = 0, more = true; more; page++) {
      const found = scene.windows(after, PAGE);
      more = found.length === PAGE && page < UNSEEN / 2;
      after = found.at(-1)?.cursor ?? after;
      this.#frame(socket, viewer, {
        ...{ t: 'snapshot', topic: scene.topic, partition: scene.partition, time: scene.topology.time.mode, page, more },
        topology: scene.topology.name,
        ...{ counts: scene.counts(), source: scene.source() },
        windows: found.map(({ window }) => window),
        outcomes: page === 0 ? scene.lastOutcomes(LAST_OUTCOMES) : [],
      });
    }
  }

  #frame(socket: WebSocket, viewer: Viewer, frame: DistributiveOmit<LiveFrame, 'n' | 'watermark' | 'now'>): void {
    viewer.n++;
    try {
      socket.send(encode({ ...frame, n: viewer.n, watermark: this.#scene.watermark(), now: this.#scene.now() } as LiveFrame));
      socket.serializeAttachment({ role: 'viewer', n: viewer.n });
    } catch {
      // It is closing; its close event follows.
    }
  }

  /** After hibernation only the count is left: nothing was pending then. */
  #viewerOf(socket: WebSocket): Viewer {
    const known = this.#viewers.get(socket);
    if (known !== undefined) return known;
    const attachment = attachmentOf(socket);
    const n = attachment.role === 'viewer' ? attachment.n : 0;
    const viewer: Viewer = { n, seen: n, flushed: 0, waitsFor: undefined, missed: false, pending: undefined };
    this.#viewers.set(socket, viewer);
    return viewer;
  }
}

function nameOf({ key, id, start }: LiveWindow): string {
  return JSON.stringify([key, id, start]);
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
