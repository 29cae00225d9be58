import type { Answer } from './answers.ts';

/** A request as a gateway sees it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: string;
}

/** What a gateway was asked and what it answered; `undefined`: the answer was lost, or never came. */
export interface Exchange extends Asked {
  answer: Answer | undefined;
}

export type Fault =
  /** Answers so, and does nothing. */
  | { readonly kind: 'answer'; readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** The connection ends before anything is done. */
  | { readonly kind: 'request-lost' }
  /** It is done, and the connection ends before the answer. */
  | { readonly kind: 'answer-lost' }
  /** It is done, and the answer comes so much later, ms. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Nothing is done, and no answer comes until the caller gives up. */
  | { readonly kind: 'hang' };

export interface FaultRule {
  readonly fault: Fault;
  /** How many requests it strikes. Default: 1. */
  readonly times?: number;
  /** How many that match go well before. Default: 0. */
  readonly after?: number;
  /** Default: any. */
  readonly method?: string;
  /** Searched for in the path. Default: any. */
  readonly path?: RegExp;
}

/** Faults that are to come, in the order in which they were asked for. */
export class Faults {
  readonly #rules: { readonly rule: FaultRule; passes: number; left: number }[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, passes: rule.after ?? 0, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The fault that strikes this request, if any; it counts as one of its times. */
  strike(asked: Asked): Fault | undefined {
    for (const entry of this.#rules) {
      const { method, path, fault } = entry.rule;
      if (entry.left === 0 || (method !== undefined && method !== asked.method) || (path !== undefined && !path.test(asked.path))) continue;
      if (entry.passes > 0) {
        entry.passes -= 1;
        continue;
      }
      entry.left -= 1;
      return fault;
    }
    return undefined;
  }
}
