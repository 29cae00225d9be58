/** Calls `look` at every sign of having slept, until `signal`. On their way to the document they pass here. */
export function onWaking(look: () => void, signal: AbortSignal): void {
  for (const sign of ['visibilitychange', 'resume', 'pageshow', 'online']) globalThis.addEventListener?.(sign, look, { signal, capture: true });
}
