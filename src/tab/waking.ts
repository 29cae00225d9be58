/** What the runtime says when time may have passed unnoticed: a page is shown again or thawed, a machine comes back. A Worker has some of these at most. */
const SIGNS = ['visibilitychange', 'resume', 'pageshow', 'online'];

/** Calls `look` at every sign of having slept, until `signal`. */
export function onWaking(look: () => void, signal: AbortSignal): void {
  for (const target of [globalThis, globalThis.document]) for (const sign of SIGNS) target?.addEventListener?.(sign, look, { signal });
}
