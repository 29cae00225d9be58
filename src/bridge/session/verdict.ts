import { messageOf, OrielError } from '../../core/errors.ts';
import { CLOSE } from '../../protocol/sockets.ts';
import { EXIT, type ExitCode, exitOf } from '../exit.ts';
import type { ConnectionEnd } from './connection.ts';

/** What to do after a connection has ended. `strike`: the two sides do not understand each other; too many in a row end the session. */
export type Verdict =
  | { readonly kind: 'retry'; readonly say: string; readonly strike: boolean }
  | { readonly kind: 'stop'; readonly say: string; readonly exit: ExitCode };

export interface Place {
  /** The Worker's address, without a slash at its end. */
  readonly base: string;
  readonly topic: string;
  readonly partition: number;
  /** Whether the generation is that of a consumer group. */
  readonly grouped?: boolean;
}

/** Pure: the same end gives the same verdict. `say` tells what happened, the rule, and what to do. */
export function verdictOn(end: ConnectionEnd, place: Place): Verdict {
  if (end.fault !== undefined) return onFault(end.fault);
  const { ended } = end;
  if (ended.kind === 'unreachable') return retry(`No connection to ${place.base} (${ended.message}). Is the Worker running there? Trying again.`);
  if (ended.kind === 'refused') return onStatus(ended.status, ended.detail, place);
  const said = (end.error === undefined ? ended.reason : `${end.error.code}, ${end.error.message}`).replace(/\.$/, '');
  switch (ended.code) {
    case CLOSE.superseded:
      return stop(
        EXIT.superseded,
        `Another bridge feeds ${nameOf(place)}: ${said || 'it has taken over'}. One bridge at a time feeds a partition, the one with the higher epoch and generation. To take over on purpose, start with a higher --epoch.${place.grouped === true ? ` A consumer group that was deleted counts its generations anew: accept it with ${resetOf(place)} and start again.` : ''}`,
      );
    case CLOSE.notAllowed:
      return stop(EXIT.refused, `${nameOf(place)} refuses this bridge: ${said}. ${remedyOf(end.error?.code, place)}`);
    case CLOSE.badFrame:
    case CLOSE.tooLarge:
    case CLOSE.overCredit:
      return { kind: 'retry', strike: true, say: `The object closed with ${ended.code}: ${said}. Connecting anew.` };
    default:
      return retry(`The connection ended with ${ended.code}${said === '' ? '' : `: ${said}`}. Connecting anew.`);
  }
}

function onFault(fault: unknown): Verdict {
  if (!(fault instanceof OrielError)) return stop(EXIT.fault, `The source failed: ${messageOf(fault)}`);
  if (fault.code === 'BAD_FRAME' || fault.code === 'OVER_CREDIT')
    return { kind: 'retry', strike: true, say: `The object broke the protocol: ${fault.message} Connecting anew.` };
  if (fault.retryable) return retry(`The source failed and is tried again: ${fault.message}`);
  return stop(exitOf(fault), fault.message);
}

function onStatus(status: number, detail: string, place: Place): Verdict {
  const said = `The Worker at ${place.base} answered ${status}${detail === '' ? '' : ` (${detail})`}`;
  switch (status) {
    case 401:
      return stop(EXIT.refused, `${said}: the token is not known there. Set ORIEL_INGEST_TOKEN to the ingest token of that Worker.`);
    case 403:
      return stop(
        EXIT.refused,
        `${said}: the token may not write, or the host is not allowed. Use the ingest token, and the Worker's own host in --url.`,
      );
    case 404:
      return stop(
        EXIT.refused,
        `${said}: ${nameOf(place)} is not served there. Its ORIEL_TOPIC and ORIEL_PARTITIONS must name it; compare them with this bridge's.`,
      );
    default:
      if (status === 429 || status >= 500) return retry(`${said}. Trying again.`);
      return stop(EXIT.refused, `${said} to the upgrade. Does --url name an Oriel Worker of this version?`);
  }
}

function remedyOf(code: string | undefined, place: Place): string {
  const reset = resetOf(place);
  switch (code) {
    case 'INCARNATION':
      return `The log is not the one this partition was fed from before. If that is meant, accept it with ${reset} and start again.`;
    case 'PARTITIONS':
      return `If the topic was given another number of partitions on purpose, set ORIEL_PARTITIONS alike on both sides, accept it with ${reset} and start again.`;
    case 'MODE':
      return `The Worker's ORIEL_TIME decides: source takes live logs, stream takes replays, clock takes no bridge. Give both sides the same ORIEL_TIME; if the log was fed in another mode before, accept it with ${reset}.`;
    default:
      return `If it is meant, accept this bridge with ${reset} and start again.`;
  }
}

function resetOf(place: Place): string {
  return `POST ${place.base}/v1/sources/${place.topic}/${place.partition}/reset`;
}

function nameOf(place: Place): string {
  return `Partition ${place.partition} of ${place.topic}`;
}

function retry(say: string): Verdict {
  return { kind: 'retry', say, strike: false };
}

function stop(exit: ExitCode, say: string): Verdict {
  return { kind: 'stop', say, exit };
}
