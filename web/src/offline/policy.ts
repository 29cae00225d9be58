/** What is done with a request of the page: `page` from the network while there is one, else as it was kept; `kept` as it was kept, since its name changes with its content. */
export type Answering = 'page' | 'kept' | 'untouched';

/** Only GETs of the page's own files are touched, and never a route of the Worker. */
export function answeringOf(request: { readonly method: string; readonly url: string }, origin: string, files: ReadonlySet<string>): Answering {
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== origin) return 'untouched';
  if (url.pathname === '/') return 'page';
  return files.has(url.pathname) ? 'kept' : 'untouched';
}
