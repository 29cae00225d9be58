import { once } from 'node:events';
import { Agent, request as ask, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pick, type Random } from '../../support/random.ts';

/** What becomes of a call: it passes, its request is lost, it is done and its answer is lost, or half of the answer comes. */
export type Fate = 'passes' | 'requestLost' | 'answerLost' | 'answerCut';

export interface LossyProxyOptions {
  /** The gateway, `http://127.0.0.1:PORT`. */
  readonly target: string;
  readonly random: Random;
  /** How often each comes, against the others. */
  readonly weights: Readonly<Record<Fate, number>>;
}

/** A network between Oriel and a REST gateway that loses requests and answers, and breaks off in the middle of one. A gateway that is away is one that cannot be reached. */
export class LossyProxy {
  readonly fates: Record<Fate, number> = { passes: 0, requestLost: 0, answerLost: 0, answerCut: 0 };
  readonly #options: LossyProxyOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  #isCalm = false;

  private constructor(options: LossyProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#pass(request, response).catch(() => request.socket.destroy()));
  }

  static async start(options: LossyProxyOptions): Promise<LossyProxy> {
    const proxy = new LossyProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** No harm from now on. */
  calm(): void {
    this.#isCalm = true;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await once(this.#server, 'close');
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { random, weights } = this.#options;
    const fate: Fate = this.#isCalm
      ? 'passes'
      : pick(
          random,
          (Object.keys(weights) as Fate[]).map((one) => [weights[one], one] as const),
        );
    this.fates[fate]++;
    const body = await whole(request);
    if (fate === 'requestLost') return void request.socket.destroy();
    const answer = await this.#forward(request, body, response);
    const content = await whole(answer);
    if (fate === 'answerLost') return void request.socket.destroy();
    const { 'transfer-encoding': _, ...headers } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, answer.statusCode === 204 ? headers : { ...headers, 'content-length': content.length });
    if (fate === 'passes') return void response.end(content);
    response.write(content.subarray(0, content.length >>> 1), () => request.socket.destroy());
  }

  /** Who has asked may give up meanwhile: so does the call to the gateway. */
  async #forward({ url = '/', method, headers }: IncomingMessage, body: Buffer, response: ServerResponse): Promise<IncomingMessage> {
    const call = ask(`${this.#options.target}${url}`, { method, headers, agent: this.#agent });
    response.once('close', () => call.destroy());
    const answered = once(call, 'response') as Promise<[IncomingMessage]>;
    call.end(body);
    const [answer] = await answered;
    return answer;
  }
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
