import about from '../package.json' with { type: 'json' };
import { OrielError } from '../src/core/errors.ts';
import { METRICS_TYPE, metricsText } from './metrics.ts';
import { route } from './route.ts';
import { Health } from './schemas.ts';
import { askServed } from './served.ts';
import { SESSION_COOKIE, SESSION_MS, SESSION_S, sealSession } from './session.ts';

export const HEALTH_PATH = '/healthz';

/** The one answer that needs no valid settings; it wakes no object. */
export function healthy(): Response {
  return Response.json({ status: 'ok', version: about.version });
}

export const serviceRoutes = [
  route({
    method: 'GET',
    path: HEALTH_PATH,
    id: 'health',
    summary: 'Whether the Worker answers',
    right: null,
    answers: { 200: { description: 'It does.', json: Health } },
    handle: healthy,
  }),
  route({
    method: 'POST',
    path: '/v1/session',
    id: 'openSession',
    summary: "Exchange a bearer token for a cookie with the token's rights but never ingest, for 12 h",
    right: 'read',
    answers: { 204: { description: 'The cookie is set.' } },
    async handle(call) {
      const { credential } = call.caller;
      if (credential === undefined) throw new OrielError('UNAUTHORIZED', 'A session is made from a bearer token: send Authorization: Bearer TOKEN.');
      const rights = credential.rights.filter((right) => right !== 'ingest');
      const sealed = await sealSession(credential.sessionKey, rights, call.now + SESSION_MS);
      const secure = new URL(call.request.url).protocol === 'https:' ? '; Secure' : '';
      const cookie = `${SESSION_COOKIE}=${sealed}; Path=/; Max-Age=${SESSION_S}; HttpOnly; SameSite=Strict${secure}`;
      return new Response(null, { status: 204, headers: { 'Set-Cookie': cookie } });
    },
  }),
  route({
    method: 'GET',
    path: '/metrics',
    id: 'metrics',
    summary: 'Counts and gauges of every served partition, as Prometheus text',
    right: 'read',
    answers: { 200: { description: 'The metrics.', media: 'text/plain' } },
    async handle(call) {
      return new Response(metricsText(await askServed(call)), { headers: { 'Content-Type': METRICS_TYPE } });
    },
  }),
];
