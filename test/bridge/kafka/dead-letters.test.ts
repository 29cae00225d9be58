import { describe, expect, it, onTestFinished } from 'vitest';
import { Backoff } from '../../../src/bridge/backoff.ts';
import { DeadLetterCopier } from '../../../src/bridge/kafka/dead-letters.ts';
import type { Fate, KafkaMessage } from '../../../src/bridge/kafka/outlet.ts';
import { VirtualTime } from '../virtual-time.ts';

/** A Worker that has letters, a topic that takes them, and a group that has a position: each step in the order in which it came. */
class Scene {
  readonly time = new VirtualTime();
  readonly lines: string[] = [];
  readonly steps: string[] = [];
  /** The `seq` of what the Worker has. */
  letters: number[] = [];
  position: bigint | undefined;
  /** Pages of more than this are refused. */
  mostOfAPage = 1_000;
  fateOf: (message: KafkaMessage) => Fate = () => ({ is: 'stored' });
  readonly #abort = new AbortController();
  readonly copier: DeadLetterCopier;
  readonly #outlet = {
    send: async (messages: readonly KafkaMessage[]) => {
      for (const { headers, value } of messages) this.steps.push(`copy ${headers.id?.split('/').at(-1)}${value === null ? ' without value' : ''}`);
      return messages.map(this.fateOf);
    },
    close: async () => undefined,
  };
  readonly #cursor = {
    read: async () => this.position,
    write: async (offset: bigint) => {
      this.position = offset;
      this.steps.push(`position ${offset}`);
    },
    close: async () => undefined,
  };

  constructor() {
    this.copier = new DeadLetterCopier({
      ...{ target: 'dead', outlet: this.#outlet, cursor: this.#cursor, base: 'http://worker', token: 'token', topic: 'events', partition: 2 },
      ...{
        fetch: async (url) => this.#page(new URL(String(url))),
        time: this.time,
        backoff: new Backoff(() => 1),
        log: (line) => this.lines.push(line),
      },
    });
    onTestFinished(() => this.#abort.abort());
  }

  async start(): Promise<this> {
    void this.copier.run(this.#abort.signal);
    await this.settle();
    return this;
  }

  /** An answer of `fetch` takes some turns to be read. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await this.time.settle();
  }

  async advance(ms: number): Promise<void> {
    await this.time.advance(ms);
    await this.settle();
  }

  #page(url: URL): Response {
    const [after, limit] = [Number(url.searchParams.get('after')), Number(url.searchParams.get('limit'))];
    this.steps.push(`ask ${after} ${limit}`);
    if (limit > this.mostOfAPage) return new Response('', { status: 500 });
    const items = this.letters
      .filter((seq) => seq > after)
      .slice(0, limit)
      .map((seq) => ({ seq: String(seq), source: null, code: 'SCHEMA', message: 'no event', key: 'ada-1', timestamp: 1_000, value: seq }));
    return Response.json({ items, next: null });
  }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const copies = (steps: readonly string[]) => steps.filter((step) => step.startsWith('copy')).map((step) => step.slice('copy '.length));

describe('copies of dead letters', () => {
  it('K7: the position is written after what it says is copied, and is the next to copy', async () => {
    const scene = new Scene();
    scene.letters = [1, 2, 3];
    await scene.start();
    expect(scene.steps).toEqual(['ask 0 100', 'copy 1', 'copy 2', 'copy 3', 'position 4']);
  });

  it('K7: go on behind the position, from a page that shows the last one copied once more', async () => {
    const scene = new Scene();
    Object.assign(scene, { letters: [1, 2, 3, 4, 5], position: 4n });
    await scene.start();
    expect(scene.steps).toEqual(['ask 2 100', 'copy 4', 'copy 5', 'position 6']);
  });

  it('K7: are asked for page by page without a rest, at each nudge, and every minute', async () => {
    const scene = new Scene();
    scene.letters = numbers(1, 150);
    await scene.start();
    expect(copies(scene.steps)).toEqual(numbers(1, 150).map(String));
    scene.letters.push(151);
    await scene.advance(59_000);
    expect(scene.position).toBe(151n);
    scene.copier.nudge();
    await scene.settle();
    expect(scene.position).toBe(152n);
    scene.letters.push(152);
    await scene.advance(60_000);
    expect(scene.position).toBe(153n);
  });

  it('K7: one of unknown fate is sent again, with those behind it and none before it', async () => {
    const scene = new Scene();
    scene.letters = [1, 2, 3];
    const fates: Fate[] = [{ is: 'stored' }, { is: 'unknown', error: new Error('the socket is closed') }];
    scene.fateOf = () => fates.shift() ?? { is: 'stored' };
    await scene.start();
    expect([copies(scene.steps), scene.position]).toEqual([['1', '2'], undefined]);
    await scene.advance(5_000);
    expect([copies(scene.steps), scene.position]).toEqual([['1', '2', '2', '3'], 4n]);
    expect(scene.lines).toEqual([expect.stringContaining('are tried again')]);
  });

  it('K7: one that is too large goes without its value, and what is refused all the same holds up no others', async () => {
    const scene = new Scene();
    scene.letters = [1, 2, 3];
    const refused = (why: string): Fate => ({ is: 'refused', partition: 0, why });
    scene.fateOf = ({ headers: { id }, value }) =>
      id?.endsWith('1') && value !== null ? refused('MESSAGE_TOO_LARGE') : id?.endsWith('2') ? refused('INVALID_RECORD') : { is: 'stored' };
    await scene.start();
    expect([copies(scene.steps), scene.position]).toEqual([['1', '1 without value', '2', '3'], 4n]);
    expect(scene.lines).toEqual(['Topic dead refuses dead letter events/2/2 for good: INVALID_RECORD.']);
  });

  it('K7: begin anew where the object has lost its letters, and only there', async () => {
    const scene = new Scene();
    Object.assign(scene, { letters: [1, 2], position: 9n });
    await scene.start();
    expect([copies(scene.steps), scene.position]).toEqual([['1', '2'], 3n]);
    expect(scene.lines).toEqual([expect.stringContaining('lost those up to 8')]);
    const empty = new Scene();
    empty.position = 9n;
    await empty.start();
    expect([empty.steps, empty.lines]).toEqual([['ask 7 100', 'ask 0 100'], []]);
  });

  it('asks for less where a page fails, which is said once, and for full pages again when it has caught up', async () => {
    const scene = new Scene();
    scene.letters = numbers(1, 30);
    scene.mostOfAPage = 12;
    await scene.start();
    await scene.advance(59_000);
    expect([copies(scene.steps).length, scene.lines.length]).toEqual([30, 1]);
    expect(scene.steps.filter((step) => step.startsWith('ask'))).toEqual([
      ...['ask 0 100', 'ask 0 50', 'ask 0 25', 'ask 0 12', 'ask 11 12', 'ask 22 12'],
    ]);
    scene.copier.nudge();
    await scene.settle();
    expect(scene.steps.at(-1)).toBe('ask 29 100');
  });
});
