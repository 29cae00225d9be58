import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Backoff } from '../../src/bridge/backoff.ts';
import type { KafkaConnection } from '../../src/bridge/kafka/connection.ts';
import { DeadLetterCopier } from '../../src/bridge/kafka/dead-letters.ts';
import type { Letter } from '../../src/bridge/kafka/letter-page.ts';
import { systemTime } from '../../src/bridge/time.ts';
import type { LogRecord } from './broker/log.ts';
import { freshName, freshTopic, ownBroker, sharedConnection, topicsOf } from './broker/shared.ts';
import type { Topics } from './broker/topics.ts';

const TOKEN = 'a-token';

/** The Worker's route, over letters that a test adds to. */
class LetterWorker {
  letters: Letter[] = [];
  /** Answered instead of a page, where set. */
  status: number | undefined;
  /** Pages of more than this are refused. */
  mostOfAPage = 1_000;
  readonly asked: string[] = [];
  readonly #server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    this.asked.push(`${url.pathname}${url.search}`);
    const [after, limit] = [Number(url.searchParams.get('after')), Number(url.searchParams.get('limit'))];
    const status = this.status ?? (request.headers.authorization !== `Bearer ${TOKEN}` ? 401 : limit > this.mostOfAPage ? 500 : 200);
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ items: this.letters.filter(({ seq }) => Number(seq) > after).slice(0, limit), next: null }));
  });

  static async start(): Promise<LetterWorker> {
    const worker = new LetterWorker();
    await new Promise<void>((resolve) => worker.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      worker.#server.closeAllConnections();
      worker.#server.close();
    });
    return worker;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Adds letters with the next numbers. */
  add(count: number, of: Partial<Letter> = {}): void {
    for (let i = 0; i < count; i++) {
      const seq = String(Number(this.letters.at(-1)?.seq ?? 0) + 1);
      const source = { topic: 'events', partition: 0, incarnation: 'i', offset: String(Number(seq) + 100) };
      this.letters.push({ seq, source, code: 'SCHEMA', message: 'It is no event.', key: 'ada-1', timestamp: 1_000, value: { n: seq }, ...of });
    }
  }
}

interface Stage {
  readonly worker: LetterWorker;
  readonly topics: Topics;
  readonly source: string;
  readonly target: string;
  readonly group: string;
  readonly connection: KafkaConnection;
}

async function newStage(connection = sharedConnection(), config: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const topics = topicsOf(connection);
  const source = await freshTopic(topics, { partitions: 3 }, 'events');
  const target = await freshTopic(topics, { partitions: 3, config }, 'dead');
  return { worker: await LetterWorker.start(), topics, source, target, group: freshName('group'), connection };
}

/** A copier that runs until it is stopped, or the test ends. */
function copy({ worker, source, target, group, connection }: Stage, token = TOKEN) {
  const log: string[] = [];
  const abort = new AbortController();
  const copier = DeadLetterCopier.to({
    ...{ connection, target, group, base: worker.base, token, fetch, topic: source, partition: 0 },
    ...{ time: systemTime, backoff: new Backoff(() => 1), log: (line: string) => log.push(line) },
  });
  const done = copier.run(abort.signal);
  const stop = async () => {
    abort.abort();
    await done;
  };
  onTestFinished(stop);
  return { copier, log, stop };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not come to hold: ${what}`);
    await systemTime.sleep(50);
  }
}

const header = ({ headers }: LogRecord, name: string) => headers.find(([one]) => one === name)?.[1]?.toString();

/** The `seq` of the copies, partition by partition. */
async function copied({ topics, target }: Stage): Promise<number[]> {
  return (await topics.readAll(target)).map((record) => Number(header(record, 'id')?.split('/').at(-1)));
}

const isCopied = (stage: Stage, count: number) => until(`${count} copies`, async () => (await copied(stage)).length >= count);
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('K7: dead letters copied to a topic', () => {
  it('R4: have the key, the value and in headers the code, the reason and the place of their record', async () => {
    const stage = await newStage();
    const { worker, topics, source, target } = stage;
    worker.add(1);
    worker.add(1, { raw: Buffer.from([0, 255]).toString('base64'), value: undefined, key: null, timestamp: null });
    worker.add(1, { value: undefined, source: { outcome: '7' }, timestamp: 9e15, code: 'FUTURE_TIMESTAMP' });
    copy(stage);
    await isCopied(stage, 3);
    const records = await topics.readAll(target);
    const [json, bytes, none] = ['1', '2', '3'].map((seq) => records.find((one) => header(one, 'id') === `${source}/0/${seq}`)) as LogRecord[];
    expect(Object.fromEntries((json as LogRecord).headers.map(([name, text]) => [name, String(text)]))).toEqual({
      ...{ id: `${source}/0/1`, code: 'SCHEMA', message: 'It is no event.', topic: source, partition: '0', offset: '101', timestamp: '1000' },
      source: JSON.stringify(worker.letters[0]?.source),
    });
    expect([String(json?.key), JSON.parse(String(json?.value)), json?.timestamp]).toEqual(['ada-1', { n: '1' }, 1_000]);
    expect([bytes?.key, bytes?.value, bytes?.partition]).toEqual([null, Buffer.from([0, 255]), 0]);
    expect([none?.value, header(none as LogRecord, 'source'), header(none as LogRecord, 'timestamp')]).toEqual([
      null,
      '{"outcome":"7"}',
      String(9e15),
    ]);
  });

  it('R4: are copied once and in order, over starts, from where the group says', async () => {
    const stage = await newStage();
    stage.worker.add(250);
    const first = copy(stage);
    await isCopied(stage, 250);
    stage.worker.add(1);
    first.copier.nudge();
    await isCopied(stage, 251);
    await until('the position', async () => (await stage.topics.committedOffsets(`${stage.group}.dead-letters`, stage.source))[0] === 252n);
    await first.stop();
    stage.worker.add(2);
    copy(stage);
    await isCopied(stage, 253);
    expect(await copied(stage)).toEqual(numbers(1, 253));
    expect(first.log).toEqual([]);
  });

  it('asks nothing while nothing is told of', async () => {
    const stage = await newStage();
    const { copier } = copy(stage);
    await until('a first question', () => stage.worker.asked.length === 1);
    await systemTime.sleep(500);
    expect(stage.worker.asked).toHaveLength(1);
    copier.nudge();
    await until('a second question', () => stage.worker.asked.length === 2);
  });

  it('R4: are left without their value where it is too large for the topic', async () => {
    const stage = await newStage();
    stage.worker.add(1);
    stage.worker.add(1, { value: 'x'.repeat(1_400_000), code: 'TOO_LARGE' });
    stage.worker.add(1);
    const { log } = copy(stage);
    await isCopied(stage, 3);
    expect((await stage.topics.readAll(stage.target)).map(({ value }) => (value === null ? null : JSON.parse(String(value)).n))).toEqual([
      '1',
      null,
      '3',
    ]);
    expect(log).toEqual([]);
  });

  it('R4: that the topic refuses for good are logged, and hold up no others', async () => {
    const stage = await newStage(undefined, { 'cleanup.policy': 'compact' });
    stage.worker.add(1);
    stage.worker.add(1, { key: null });
    stage.worker.add(1);
    const { log } = copy(stage);
    await isCopied(stage, 2);
    expect(await copied(stage)).toEqual([1, 3]);
    expect(log).toEqual([expect.stringContaining(`refuses dead letter ${stage.source}/0/2 for good: INVALID_RECORD`)]);
  });

  it('says once that the Worker fails, asks for less, and goes on when it answers', async () => {
    const stage = await newStage();
    stage.worker.add(30);
    stage.worker.mostOfAPage = 10;
    const { log } = copy(stage);
    await isCopied(stage, 30);
    expect(await copied(stage)).toEqual(numbers(1, 30));
    expect(log).toEqual([expect.stringContaining(`GET ${stage.worker.base}/v1/dead-letters/${stage.source}/0 answered 500.`)]);
    expect(stage.worker.asked.map((path) => path.split('?')[1]).slice(0, 5)).toEqual([100, 50, 25, 12, 6].map((limit) => `after=0&limit=${limit}`));
  });

  it('begins anew where the object has lost its letters', async () => {
    const stage = await newStage();
    stage.worker.add(5);
    const { copier, log } = copy(stage);
    await isCopied(stage, 5);
    stage.worker.letters = [];
    stage.worker.add(2);
    await until('a rest', async () => (await stage.topics.committedOffsets(`${stage.group}.dead-letters`, stage.source))[0] === 6n);
    copier.nudge();
    await isCopied(stage, 7);
    expect(await copied(stage)).toEqual([1, 2, 3, 4, 5, 1, 2]);
    expect(log).toHaveLength(1);
  });

  it('R4: are all there though the broker is killed', async () => {
    const broker = await ownBroker();
    const stage = await newStage(broker.connection);
    stage.worker.add(10);
    const { copier, log } = copy(stage);
    await isCopied(stage, 10);
    await broker.kill();
    stage.worker.add(10);
    copier.nudge();
    await until('a line in the log', () => log.length > 0);
    await broker.start();
    await until('20 letters', async () => new Set(await copied(stage)).size === 20);
    expect([...new Set(await copied(stage))]).toEqual(numbers(1, 20));
  });

  it('stops at once though the broker has gone', async () => {
    const broker = await ownBroker();
    const stage = await newStage(broker.connection);
    stage.worker.add(1);
    const { copier, stop } = copy(stage);
    await isCopied(stage, 1);
    await broker.kill();
    stage.worker.add(1);
    copier.nudge();
    await stop();
  });
});
