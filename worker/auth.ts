import { parse } from 'hono/utils/cookie';
import { OrielError } from '../src/core/errors.ts';
import type { WorkerSettings } from '../src/settings.ts';
import { isUpgrade, type Site } from './origin.ts';
import { INGEST_RIGHTS, PUBLIC_RIGHTS, type Right, VIEW_RIGHTS } from './rights.ts';
import { openSession, SESSION_COOKIE, sameBytes, sessionKeyOf, utf8 } from './session.ts';

/** A configured token, without the token. */
export interface Credential {
  /** SHA-256 of the token. */
  readonly digest: Uint8Array;
  readonly sessionKey: CryptoKey;
  readonly rights: readonly Right[];
}

/** Who asks. `credential` is there for a bearer of a token, not for a session. */
export interface Caller {
  readonly rights: ReadonlySet<Right>;
  readonly credential?: Credential;
}

/** The settings' tokens, made comparable; a token in both settings has the rights of ingest. */
export function credentialsOf(settings: WorkerSettings): Promise<readonly Credential[]> {
  const tokens = [
    ...settings.ORIEL_INGEST_TOKEN.map((token) => ({ token, rights: INGEST_RIGHTS })),
    ...settings.ORIEL_VIEW_TOKEN.map((token) => ({ token, rights: VIEW_RIGHTS })),
  ];
  return Promise.all(tokens.map(async ({ token, rights }) => ({ digest: await digestOf(token), sessionKey: await sessionKeyOf(token), rights })));
}

/** @throws OrielError `OPTION` where a deployed Worker has no tokens: it stays shut rather than open. */
export function requireTokens(settings: WorkerSettings, site: Site): void {
  const missing = (['ORIEL_INGEST_TOKEN', 'ORIEL_VIEW_TOKEN'] as const).filter((name) => settings[name].length === 0);
  if (site.local || missing.length === 0) return;
  throw new OrielError(
    'OPTION',
    `${missing.join(' and ')} not set. Run ${missing.map((name) => `\`npx wrangler secret put ${name}\``).join(' and ')}, then ask again.`,
  );
}

/**
 * Who sends this request. A bearer token decides alone; else a session's cookie; else nobody, whom only `ORIEL_PUBLIC_VIEW` gives rights. All tokens
 * are compared, each in constant time.
 * @throws OrielError `UNAUTHORIZED` for no token and for a wrong one (even where the view is public); `NOT_ALLOWED` where a cookie comes with a request
 *   that can change something, or opens a WebSocket, and no page of an allowed `Origin` stands behind it.
 */
export async function callerOf(
  request: Request,
  site: Site,
  settings: WorkerSettings,
  credentials: readonly Credential[],
  now: number,
): Promise<Caller> {
  const everybody = settings.ORIEL_PUBLIC_VIEW ? PUBLIC_RIGHTS : [];
  const authorization = request.headers.get('Authorization');
  if (authorization !== null) {
    const credential = await bearerOf(authorization, credentials);
    return { rights: new Set([...credential.rights, ...everybody]), credential };
  }
  const session = await sessionOf(request, credentials, now);
  if (session !== undefined) {
    const safe = ['GET', 'HEAD'].includes(request.method) && !isUpgrade(request);
    if (!safe && site.origin === 'none') {
      throw new OrielError('NOT_ALLOWED', 'A session acts only for its own page: send the Origin header, or a bearer token instead of the cookie.');
    }
    return { rights: new Set([...session, ...everybody]) };
  }
  if (everybody.length > 0) return { rights: new Set(everybody) };
  throw new OrielError(
    'UNAUTHORIZED',
    credentials.length > 0
      ? 'A bearer token is needed: ORIEL_VIEW_TOKEN to read, ORIEL_INGEST_TOKEN to write.'
      : 'A bearer token is needed and none is set: `npm start` makes them; else put ORIEL_INGEST_TOKEN and ORIEL_VIEW_TOKEN into .dev.vars.',
  );
}

/** @throws OrielError `NOT_ALLOWED`. */
export function requireRight(caller: Caller, right: Right): void {
  if (caller.rights.has(right)) return;
  throw new OrielError('NOT_ALLOWED', `The right to ${right} is needed, and was not given with this token or session.`);
}

async function bearerOf(authorization: string, credentials: readonly Credential[]): Promise<Credential> {
  const token = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1];
  const digest = await digestOf(token ?? '');
  const [credential] = credentials.filter((one) => sameBytes(one.digest, digest));
  if (token !== undefined && credential !== undefined) return credential;
  throw new OrielError('UNAUTHORIZED', 'The Authorization header names no token of this Worker. The form is "Bearer TOKEN".');
}

/** The rights of a session, no more than its token has now; `undefined` for no cookie, a forged, an expired or an ended one. */
async function sessionOf(request: Request, credentials: readonly Credential[], now: number): Promise<readonly Right[] | undefined> {
  const cookie = parse(request.headers.get('Cookie') ?? '', SESSION_COOKIE)[SESSION_COOKIE];
  if (cookie === undefined) return undefined;
  const opened = await Promise.all(
    credentials.map(async (credential) =>
      (await openSession(credential.sessionKey, cookie, now))?.filter((right) => credential.rights.includes(right)),
    ),
  );
  return opened.find((rights) => rights !== undefined);
}

async function digestOf(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(token)));
}
