import { OrielError } from '../src/core/errors.ts';
import type { WorkerSettings } from '../src/settings.ts';

/** Where a request was sent to and by whose page. */
export interface Site {
  /** The host is a loopback name: the Worker runs on this machine. */
  readonly local: boolean;
  /** `none`: no `Origin`; `same`: the Worker's own page; `listed`: another page, of `ORIEL_ORIGINS`. */
  readonly origin: 'none' | 'same' | 'listed';
}

const LOCAL = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;
const WORKERS_DEV = /^(?:[a-z0-9-]+\.)+workers\.dev$/;

/**
 * The rule for `Host` and `Origin` (P8), against DNS rebinding and against foreign pages. It trusts nothing that a page can choose.
 *
 * A host is allowed if it is
 * - `localhost`, `127.0.0.1` or `[::1]`, with any port: those names cannot be rebound, and Cloudflare routes none of them to a Worker; or
 * - in `ORIEL_HOSTS`, port included where there is one; or
 * - where `ORIEL_HOSTS` is empty, a name under `workers.dev` asked over https, so that a fresh deployment works: only Cloudflare answers for those
 *   names, and browsers know `.dev` as https only, so that no page can point one at this machine.
 *
 * So a request to 127.0.0.1 with `Host: evil.example` is refused, and a deployment under its own domain names it in `ORIEL_HOSTS`.
 * An `Origin`, where there is one, is the scheme and host of the request itself, or in `ORIEL_ORIGINS`. `null` is neither.
 *
 * @throws OrielError `NOT_ALLOWED`.
 */
export function admit(request: Request, settings: Pick<WorkerSettings, 'ORIEL_HOSTS' | 'ORIEL_ORIGINS'>): Site {
  const url = new URL(request.url);
  const host = (request.headers.get('Host') ?? url.host).toLowerCase();
  const local = LOCAL.test(host);
  const { ORIEL_HOSTS: hosts, ORIEL_ORIGINS: origins } = settings;
  const listed = hosts.length > 0 ? hosts.some((name) => name.toLowerCase() === host) : url.protocol === 'https:' && WORKERS_DEV.test(host);
  if (!local && !listed) {
    throw new OrielError(
      'NOT_ALLOWED',
      `The host ${JSON.stringify(host)} is not served. Set ORIEL_HOSTS to the hosts that requests may name, with commas.`,
    );
  }
  const origin = request.headers.get('Origin');
  if (origin === null) return { local, origin: 'none' };
  if (origin.toLowerCase() === `${url.protocol}//${host}`) return { local, origin: 'same' };
  if (origins.some((one) => one.toLowerCase().replace(/\/$/, '') === origin.toLowerCase())) return { local, origin: 'listed' };
  throw new OrielError('NOT_ALLOWED', `Pages of ${JSON.stringify(origin)} may not ask this Worker. Add the origin to ORIEL_ORIGINS if they should.`);
}

/** Whether a request asks for a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.method === 'GET' && request.headers.get('Upgrade')?.toLowerCase() === 'websocket';
}
