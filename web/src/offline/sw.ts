// The page without a network: its own files are kept, and nothing else is touched. Built as `/sw.js`, a file of its own.
import { answeringOf } from './policy.ts';

/** What a service worker has that a page has not. */
interface Lasting extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Asked extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

/** Paths and the name of this build, filled in once they are known. */
const { files, name } = JSON.parse('%ORIEL_FILES%') as { files: string[]; name: string };
const PREFIX = 'oriel-page-';
const kept = new Set(files);
const scope = self as unknown as Scope;

addEventListener('install', (event) => {
  const fill = async (): Promise<void> => {
    const cache = await caches.open(PREFIX + name);
    await cache.addAll(['/', ...files].map((path) => new Request(path, { cache: 'no-cache' })));
    await scope.skipWaiting();
  };
  (event as Lasting).waitUntil(fill());
});

addEventListener('activate', (event) => {
  const tidy = async (): Promise<void> => {
    const old = (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== PREFIX + name);
    await Promise.all(old.map((key) => caches.delete(key)));
    await scope.clients.claim();
  };
  (event as Lasting).waitUntil(tidy());
});

addEventListener('fetch', (event) => {
  const asked = event as Asked;
  const answering = answeringOf(asked.request, location.origin, kept);
  if (answering === 'kept') asked.respondWith(keptOr(asked.request, () => fetch(asked.request)));
  if (answering === 'page')
    asked.respondWith(
      fetch(asked.request).catch((error: unknown) =>
        keptOr('/', () => {
          throw error;
        }),
      ),
    );
});

async function keptOr(request: Request | string, otherwise: () => Response | Promise<Response>): Promise<Response> {
  const cache = await caches.open(PREFIX + name);
  return (await cache.match(request, { ignoreSearch: true })) ?? otherwise();
}
