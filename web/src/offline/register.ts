/** Has the browser keep the page's files, where it can: then a reload needs no network. */
export function keepOffline(): void {
  if (!('serviceWorker' in navigator)) return;
  addEventListener('load', () => {
    // Where it is refused the page runs as well, and a reload needs the network.
    navigator.serviceWorker.register('/sw.js').catch(() => undefined);
  });
}
