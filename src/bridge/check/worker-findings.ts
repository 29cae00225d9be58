import { z } from 'zod';
import { messageOf } from '../../core/errors.ts';
import { INGEST_PROTOCOL } from '../../protocol/sockets.ts';
import { EXIT } from '../exit.ts';
import type { Ended } from '../session/transport.ts';
import { type Place, verdictOn } from '../session/verdict.ts';
import type { Answer } from './asking.ts';
import { type Finding, fault, ok, open } from './finding.ts';

const Health = z.object({ status: z.literal('ok'), version: z.string() });
const Problem = z.object({ detail: z.string() });

/** Of `GET /v1/sources`, what a bridge has to do with. */
export const Sources = z.object({
  topology: z.object({ name: z.string() }),
  items: z.array(
    z.object({
      topic: z.string(),
      partition: z.number(),
      status: z.object({ time: z.enum(['source', 'clock', 'stream']), next: z.string().nullable(), incarnation: z.string().nullable() }).nullable(),
    }),
  ),
  next: z.string().nullable(),
});
export type Served = z.infer<typeof Sources>['items'];

/** The Worker, by its `GET /healthz`. */
export function ofHealth(answer: Answer, base: string, version: string): Finding {
  if ('failed' in answer) return ofFailure(answer.failed, base);
  const health = Health.safeParse(answer.body);
  if (answer.status !== 200 || !health.success)
    return fault(
      `${base} answers ${answer.status} to GET /healthz, and is no Oriel Worker.`,
      'Set ORIEL_URL (--url) to the address of the Worker, without a path.',
      EXIT.refused,
    );
  const other = health.data.version === version ? '' : `; this bridge is ${version}: the protocol decides, below`;
  return ok(`The Worker at ${base} answers: Oriel ${health.data.version}${other}.`);
}

function ofFailure(error: unknown, base: string): Finding {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  // What OpenSSL says is for its own makers; the code says it in words.
  const words = code.startsWith('ERR_SSL') ? '' : messageOf(cause).slice(0, 200);
  const why = [words.includes(code) ? '' : code, words].filter((part) => part !== '').join(': ');
  return fault(`${base} does not answer (${why || 'no reason given'}).`, remedyFor(code, messageOf(cause)), EXIT.fault);
}

function remedyFor(code: string, message: string): string {
  if (code === 'ECONNREFUSED') return 'Nobody listens there. Start the Worker, or correct ORIEL_URL (--url) or ORIEL_PORT (--port).';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'The name has no address. Correct ORIEL_URL (--url).';
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code))
    return 'Its certificate is not trusted here. Use the name that it is made out to, or give its authority to Node with NODE_EXTRA_CA_CERTS.';
  if (/SSL|EPROTO/.test(code) || /SSL|TLS/.test(message)) return 'It does not speak TLS there. Use http:// in ORIEL_URL, or its TLS port.';
  return 'Look whether a firewall or a proxy is in between, and whether ORIEL_URL names http or https as the Worker speaks it.';
}

/** The token, by an answer to `GET /v1/sources`; nothing where that is none of the token's business. */
export function ofToken(answer: Answer): Finding | undefined {
  if ('failed' in answer) return undefined;
  const detail = Problem.safeParse(answer.body).data?.detail ?? '';
  if (answer.status === 401)
    return fault(`The Worker does not know this token: ${detail}`, 'Set ORIEL_INGEST_TOKEN to the ingest token of this Worker.', EXIT.refused);
  if (answer.status === 403)
    return fault(
      `The Worker refuses: ${detail}`,
      'Use the ingest token, and a host in ORIEL_URL that is among ORIEL_HOSTS of the Worker.',
      EXIT.refused,
    );
  return undefined;
}

/** The socket of a bridge: right, protocol, and whether the partition is served. */
export function ofUpgrade(ended: 'open' | Ended, place: Place): Finding {
  if (ended === 'open') return ok(`The token may feed, and both sides speak ${INGEST_PROTOCOL}.`);
  const verdict = verdictOn({ ended }, place);
  return fault(verdict.say, '', verdict.kind === 'stop' ? verdict.exit : EXIT.fault);
}

/**
 * Whether the topics are served, each with as many partitions as the source has; `counts`: what the source has, where that is known; `isGiven`: it is a fact, and no
 * setting of this bridge.
 */
export function ofServed(served: Served, topics: readonly string[], counts: ReadonlyMap<string, number>, isGiven: boolean): Finding[] {
  const names = [...new Set(served.map(({ topic }) => topic))];
  return topics.map((topic) => {
    const here = served.filter((one) => one.topic === topic).length;
    const there = counts.get(topic);
    if (here === 0)
      return fault(
        `The Worker does not serve topic ${topic}; it serves ${names.join(', ')}.`,
        'Set ORIEL_TOPIC alike on both sides, and deploy the Worker again.',
        EXIT.refused,
      );
    if (there !== undefined && there !== here)
      return fault(
        `The source has ${partitionsOf(there)} of ${topic}, and the Worker serves ${here}.`,
        isGiven
          ? `Set ORIEL_PARTITIONS=${there} at the Worker. Where the topic was given more partitions, its keys have moved: reset every partition of it then.`
          : 'Set ORIEL_PARTITIONS alike on both sides.',
        EXIT.refused,
      );
    return ok(`Topic ${topic} is served, with ${partitionsOf(here)}${there === undefined ? '' : ' on both sides'}.`);
  });
}

/** What a Worker's time mode takes of bridges. */
export function ofMode(served: Served, mode: 'live' | 'replay'): Finding {
  const time = served.find(({ status }) => status !== null)?.status?.time;
  if (time === undefined) return open('No partition answered, so the time mode of the Worker is not known.');
  if (time === { live: 'source', replay: 'stream' }[mode]) return ok(`The Worker runs with ORIEL_TIME=${time}, as this bridge does.`);
  return fault(
    `The Worker runs with ORIEL_TIME=${time}, which takes ${time === 'clock' ? 'no bridge' : `a ${time === 'source' ? 'live' : 'replay'} bridge`}; this is a ${mode} one.`,
    'Set ORIEL_TIME alike on both sides: source for a live log, stream for a replay.',
    EXIT.refused,
  );
}

function partitionsOf(count: number): string {
  return `${count} ${count === 1 ? 'partition' : 'partitions'}`;
}
