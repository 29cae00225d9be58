import { OrielError } from '../core/errors.ts';
import type { GatewayConnection } from './gateway.ts';

/**
 * Where to call a consumer instance whose gateway says it lives at `baseUri`. `own`: the path of it, below the base that is set (`/consumers/g/instances/i`), as a gateway
 * does not know what a proxy before it adds. `follow`: the whole address.
 * @throws OrielError `OPTION` where following it would send credentials in the clear that are set for TLS
 */
export function instancePlace(connection: GatewayConnection, baseUri: string): string {
  const base = new URL(connection.base);
  const said = new URL(baseUri, `${connection.base}/`);
  const path = said.pathname.replace(/\/$/, '');
  if (connection.instances === 'follow') {
    if (base.protocol === 'https:' && said.protocol !== 'https:' && connection.credentials !== undefined) {
      throw new OrielError(
        'OPTION',
        `The gateway says that its consumer lives at ${said.origin}, and ORIEL_REST_INSTANCES=follow would send credentials there without TLS. Set it to own, or have the gateway say https.`,
      );
    }
    return said.origin + path;
  }
  const prefix = base.pathname.replace(/\/$/, '');
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}
