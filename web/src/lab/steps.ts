import { STEPS_SHOWN, type WatermarkStep } from './state.ts';

/** A line that rises in steps, the last `STEPS_SHOWN` of them. Steps that follow each other closely are drawn as one, at the instant of the last. */
export class Steps {
  readonly #apartMs: number;
  #steps: WatermarkStep[] = [];
  #shown: readonly WatermarkStep[] | undefined = [];

  /** Two steps stand at least so far apart, but for the last one. */
  constructor(apartMs: number) {
    this.#apartMs = apartMs;
  }

  add(at: number, watermark: number): void {
    const last = this.#steps.at(-1);
    if (last !== undefined && last.watermark >= watermark) return;
    const before = this.#steps.at(-2);
    if (last !== undefined && before !== undefined && (last.at === at || last.at < before.at + this.#apartMs)) this.#steps.pop();
    this.#steps.push({ at, watermark });
    if (this.#steps.length > 2 * STEPS_SHOWN) this.#steps = this.#steps.slice(-STEPS_SHOWN);
    this.#shown = undefined;
  }

  get last(): number | null {
    return this.#steps.at(-1)?.watermark ?? null;
  }

  get shown(): readonly WatermarkStep[] {
    this.#shown ??= this.#steps.slice(-STEPS_SHOWN);
    return this.#shown;
  }
}
