import { isRight, type Right } from './rights.ts';

export const SESSION_COOKIE = 'oriel_session';

/** How long a session lasts, ms and as the cookie's Max-Age in seconds (P8: 12 h). */
export const SESSION_MS = 12 * 3_600_000;
export const SESSION_S = SESSION_MS / 1_000;

const SHAPE = /^((\d{1,16})\.([a-z]+(?:-[a-z]+)*))\.([A-Za-z0-9_-]{43})$/;

/**
 * The key that signs the sessions made from a token. It depends on nothing else, so that taking the token out of the settings ends them all,
 * and no table of sessions is kept.
 */
export async function sessionKeyOf(token: string): Promise<CryptoKey> {
  const material = await crypto.subtle.digest('SHA-256', utf8(`oriel.session.v1\n${token}`));
  return crypto.subtle.importKey('raw', material, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/** A cookie's value: `expiry.rights.signature`, the expiry in ms since the epoch, the rights with `-`, the signature HMAC-SHA-256 in base64url. */
export async function sealSession(key: CryptoKey, rights: Iterable<Right>, expiresAt: number): Promise<string> {
  const claims = `${expiresAt}.${[...rights].join('-')}`;
  return `${claims}.${base64url(await sign(key, claims))}`;
}

/** The rights a cookie's value carries, `undefined` where the key has not signed it or it has expired at `now`. */
export async function openSession(key: CryptoKey, sealed: string, now: number): Promise<readonly Right[] | undefined> {
  const [, claims, expiresAt, rights, signature] = SHAPE.exec(sealed) ?? [];
  if (claims === undefined || rights === undefined || signature === undefined) return undefined;
  const genuine = sameBytes(utf8(base64url(await sign(key, claims))), utf8(signature));
  if (!genuine || now >= Number(expiresAt)) return undefined;
  return rights.split('-').filter(isRight);
}

/** Compares two byte strings of the same length in a time that does not depend on where they differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}

async function sign(key: CryptoKey, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(text)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
