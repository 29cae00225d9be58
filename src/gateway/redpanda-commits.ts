import { gatewayFault } from './fault.ts';
import type { ReaderOptions } from './gateway.ts';
import { InstanceCalls } from './instance.ts';

/** The proxy reads offsets of a commit as 32 bits. */
const MOST = 0xff_ff_ff_ffn;

/** A new instance: its proxy takes text only, and these choices only. */
const settings = (name: string) => ({ name, format: 'binary', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false' });

/** Commits by a consumer instance that reads nothing: Redpanda's proxy commits for members of a group only. Not for overlapping calls. */
export class RedpandaCommits {
  readonly #calls: InstanceCalls;
  #place: string | undefined;

  constructor(options: ReaderOptions) {
    this.#calls = new InstanceCalls(options);
  }

  /** Commits so that a consumer of this proxy goes on at `next`: what it stores is the last offset that was read. Beyond what it can say, nothing is committed. */
  async commit(next: bigint, signal: AbortSignal): Promise<void> {
    if (next < 1n || next - 1n > MOST) return;
    for (let left = 2; ; left -= 1) {
      this.#place ??= await this.#calls.create(
        settings,
        (tried) => {
          this.#place = tried;
        },
        signal,
      );
      const answer = await this.#calls.commit(this.#place, next - 1n, 'partitions', signal);
      if (answer.status >= 200 && answer.status < 300) return;
      if (answer.status !== 404) {
        await this.close(signal);
        throw gatewayFault(answer, `committing ${next}`);
      }
      this.#place = undefined;
      if (left === 1) throw gatewayFault(answer, `committing ${next}`);
    }
  }

  async close(signal: AbortSignal): Promise<void> {
    const place = this.#place;
    this.#place = undefined;
    if (place !== undefined) await this.#calls.remove(place, signal).catch(() => undefined);
  }
}
