import { OrielError } from '../core/errors.ts';

/**
 * The address of a route of the Worker at `url`, of which only the origin counts; the path's parts are encoded.
 * @throws OrielError `OPTION` for what is no `http:`, `https:`, `ws:` or `wss:` address.
 */
export function routeOf(url: string, path: readonly string[]): URL {
  if (!URL.canParse(url) || !/^(https?|wss?):$/.test(new URL(url).protocol)) {
    throw new OrielError('OPTION', `url: ${JSON.stringify(url)} was given; the rule is the Worker's address, such as http://localhost:8787.`);
  }
  return new URL(`/v1/${path.map(encodeURIComponent).join('/')}`, url);
}
