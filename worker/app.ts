import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { OrielError } from '../src/core/errors.ts';
import { type Caller, callerOf, requireRight, requireTokens } from './auth.ts';
import type { Bindings } from './bindings.ts';
import { BODY_BYTES, jsonOf } from './body.ts';
import { type Gate, gateOf } from './gate.ts';
import { admit, isUpgrade, type Site } from './origin.ts';
import { segmentsOf } from './parameters.ts';
import { problem, problemOf } from './problem.ts';
import { type Call, checked, isServed, type Route } from './route.ts';
import { routes } from './routes.ts';
import { HEALTH_PATH, healthy } from './routes-service.ts';
import { servedTopology } from './topology.ts';

type App = { Bindings: Bindings; Variables: { gate: Gate; site: Site } };

/** Options of `createApp`. */
export interface AppOptions {
  /** Processing time, ms. */
  readonly now?: () => number;
}

/**
 * The Worker's HTTP surface (SPEC §6). A request passes, in this order (P8): host and origin (403), the settings (503), the token (401), the method (405),
 * the right (403), what it names (404), then its limits (413) and what it says (400). No object is woken before all of it has passed.
 */
export function createApp({ now = Date.now }: AppOptions = {}): Hono<App> {
  const app = new Hono<App>();
  app.onError(problemOf);

  app.use('*', async (c, next) => {
    await next();
    // The answer to an upgrade is the object's own and cannot be changed; no page shows it.
    if (c.res.status !== 101) await secure(c, async () => {});
  });

  app.use('*', async (c, next) => {
    const gate = await gateOf(c.env);
    if (gate instanceof OrielError) {
      if (c.req.path === HEALTH_PATH) return healthy();
      throw gate;
    }
    const site = admit(c.req.raw, gate.settings);
    c.set('gate', gate);
    c.set('site', site);
    return site.origin === 'listed' && !isUpgrade(c.req.raw) ? share(c, next) : next();
  });

  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = new Map(routes.filter((route) => route.path === path).map((route) => [route.method as string, route]));
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (c) => serve(c, methods, now()));
  }

  app.all('*', async (c) => {
    if (/^\/(?:v1|api)(?:\/|$)/.test(c.req.path)) {
      await authenticate(c, now());
      throw new OrielError('NOT_FOUND', `There is no route ${c.req.path}. The routes stand in /openapi.json.`);
    }
    if (!['GET', 'HEAD'].includes(c.req.method)) return methodNotAllowed(['GET']);
    const file = await c.env.ASSETS.fetch(c.req.raw);
    if (file.status === 404)
      throw new OrielError('NOT_FOUND', `There is no page ${c.req.path}. The page is at /, the routes stand in /openapi.json.`);
    return new Response(file.body, file);
  });
  return app;
}

const secure = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    // 'self' covers the WebSockets of the same host.
    connectSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // 'no-referrer' would make browsers send `Origin: null` with a form of our own page.
  referrerPolicy: 'same-origin',
  // Says nothing of other hosts under the same domain: they are not ours.
  strictTransportSecurity: 'max-age=15552000',
});

/** Lets the pages of `ORIEL_ORIGINS` read the answers; the origin is checked before. */
const share = cors({
  origin: (origin) => origin,
  allowMethods: ['GET', 'HEAD', 'POST'],
  allowHeaders: ['Authorization', 'Content-Type'],
  exposeHeaders: ['Retry-After', 'WWW-Authenticate'],
  credentials: true,
  maxAge: 600,
});

const limitBody = bodyLimit({
  maxSize: BODY_BYTES,
  onError: () => {
    throw new OrielError('TOO_LARGE', `The body has more than ${BODY_BYTES} bytes. Post the events in several requests.`);
  },
});

async function serve(c: Context<App>, methods: ReadonlyMap<string, Route>, now: number): Promise<Response> {
  const isPublic = [...methods.values()].every((route) => route.right === null);
  const caller = isPublic ? { rights: new Set<never>() } : await authenticate(c, now);
  const route = methods.get(c.req.method === 'HEAD' ? 'GET' : c.req.method);
  if (route === undefined) return methodNotAllowed([...methods.keys()]);
  if (route.right !== null) requireRight(caller, route.right);
  const { topology } = servedTopology(c.env);
  if (!isServed(route, topology))
    throw new OrielError('NOT_FOUND', `${c.req.path} is of the topology ${route.topology}; this Worker serves ${topology.name}.`);
  const answer = await answerOf(route, callOf(c, route, caller, now));
  if (answer.status === 101) return answer;
  const fresh = new Response(answer.body, answer);
  fresh.headers.set('Cache-Control', 'no-store');
  return fresh;
}

async function answerOf(route: Route, call: Call): Promise<Response> {
  try {
    return await route.handle(call);
  } catch (error) {
    // Hono's onError takes only what is an Error, and what crosses RPC need not be one.
    return problemOf(error);
  }
}

async function authenticate(c: Context<App>, now: number): Promise<Caller> {
  const { settings, credentials } = c.get('gate');
  requireTokens(settings, c.get('site'));
  return callerOf(c.req.raw, c.get('site'), settings, credentials, now);
}

function callOf(c: Context<App>, route: Route, caller: Caller, now: number): Call {
  return {
    request: c.req.raw,
    env: c.env,
    settings: c.get('gate').settings,
    caller,
    now,
    params: segmentsOf(route.path, new URL(c.req.url).pathname),
    query: () => route.query && checked(route.query, c.req.query(), 'query'),
    async body() {
      if (route.body === undefined) return undefined;
      await limitBody(c, async () => {});
      return checked(route.body, jsonOf(await c.req.arrayBuffer()), 'body');
    },
  };
}

function methodNotAllowed(methods: readonly string[]): Response {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return problem(405, 'METHOD_NOT_ALLOWED', `The methods here are ${allowed}.`, { Allow: allowed });
}
