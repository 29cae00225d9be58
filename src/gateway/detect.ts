import { z } from 'zod';
import { OrielError } from '../core/errors.ts';
import { gatewayFault } from './fault.ts';
import type { Dialect, GatewayConnection, GatewayPorts } from './gateway.ts';
import { callGateway, type GatewayAnswer } from './http.ts';

const ASK_MS = 10_000;

const StrimziRoot = z.object({ bridge_version: z.string() });
const ConfluentClusters = z.object({ kind: z.literal('KafkaClusterList'), data: z.array(z.object({ cluster_id: z.string() })) });
const RedpandaDescription = z.object({ info: z.object({ title: z.string().startsWith('Pandaproxy API') }) });

/**
 * The dialect of a connection: the one that is set, or the one that the gateway gives a sure sign of. Karapace names itself in the header `Server`, Strimzi says
 * its `bridge_version` at the root, Confluent lists its cluster at `/v3/clusters`, Redpanda describes its API at `/v1`.
 * @throws OrielError `OPTION` where there is no such sign (a proxy before it may hide one): it is never guessed
 */
export async function dialectOf(connection: GatewayConnection, ports: GatewayPorts, signal: AbortSignal): Promise<Dialect> {
  if (connection.dialect !== 'auto') return connection.dialect;
  const root = await lookAt(connection, '/', ports, signal);
  if (/^karapace\b/i.test(root.headers.get('server') ?? '')) return 'karapace';
  if (StrimziRoot.safeParse(root.body).success) return 'strimzi';
  if (ConfluentClusters.safeParse((await lookAt(connection, '/v3/clusters', ports, signal)).body).success) return 'confluent';
  if (RedpandaDescription.safeParse((await lookAt(connection, '/v1', ports, signal)).body).success) return 'redpanda';
  throw new OrielError(
    'OPTION',
    `${connection.base} does not say which REST gateway it is. Set ORIEL_REST_DIALECT to confluent, strimzi, karapace or redpanda: they differ in what an offset means`,
  );
}

/**
 * The id of the cluster behind a gateway, where it tells it for sure: Confluent's v3 API.
 * @throws OrielError where it may tell it at another time: what is told now and then would be no name
 */
export async function clusterIdOf(
  connection: GatewayConnection & { readonly dialect: Dialect },
  ports: GatewayPorts,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (connection.dialect !== 'confluent') return undefined;
  const answer = await ask(connection, '/v3/clusters', ports, signal);
  // Without its v3 API, or without the right to ask it, a gateway of this kind has no name to tell.
  if ([401, 403, 404, 405, 406].includes(answer.status)) return undefined;
  const clusters = ConfluentClusters.safeParse(answer.body);
  if (!clusters.success) throw gatewayFault(answer, 'asking for the id of the cluster');
  return clusters.data.data.length === 1 ? clusters.data.data[0]?.cluster_id : undefined;
}

/** What is there, or that nothing is. @throws OrielError where it does not say */
async function lookAt(connection: GatewayConnection, path: string, ports: GatewayPorts, signal: AbortSignal): Promise<GatewayAnswer> {
  const answer = await ask(connection, path, ports, signal);
  const { status } = answer;
  if (status === 401 || status === 403 || status === 429 || status >= 500) throw gatewayFault(answer, `asking ${connection.base} what it is`);
  return answer;
}

function ask(connection: GatewayConnection, path: string, ports: GatewayPorts, signal: AbortSignal): Promise<GatewayAnswer> {
  return callGateway(connection, ports, {
    method: 'GET',
    path,
    accept: 'application/vnd.kafka.v2+json, application/json, */*;q=0.1',
    timeoutMs: ASK_MS,
    signal,
    maxBytes: 1_048_576,
  });
}
