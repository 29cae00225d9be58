/** What the runtime says when time may have passed unnoticed: a page is shown again or thawed, a machine comes back. A Worker has some of these at most. */
const SIGNS = ['visibilitychange', 'resume', 'pageshow', 'online'];

/** Calls `look` at every sign of having slept, until `signal`. On their way to the document they pass here. */
export function onWaking(look: () => void, signal: AbortSignal): void {
  for (const sign of SIGNS) globalThis.addEventListener?.(sign, look, { signal, capture: true });
}
