/** What the runtime says when time may have passed unnoticed: a page is shown again or thawed, a machine comes back. A Worker has some of these at most. */
const SIGNS = ['visibilitychange', 'resume', 'pageshow', 'online'];

/** Calls `look` at every sign of having slept. Gives what ends it. */
export function onWaking(look: () => void): () => void {
  const targets = [globalThis, globalThis.document].filter((target) => target?.addEventListener !== undefined);
  for (const target of targets) for (const sign of SIGNS) target.addEventListener(sign, look);
  return () => {
    for (const target of targets) for (const sign of SIGNS) target.removeEventListener(sign, look);
  };
}
