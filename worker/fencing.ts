import type { TimeMode } from '../src/core/time.ts';
import type { Hello } from '../src/protocol/frames.ts';
import type { Meta } from './ledger.ts';

export interface Refusal {
  readonly close: 'notAllowed' | 'superseded';
  readonly code: 'INCARNATION' | 'PARTITIONS' | 'MODE' | 'SUPERSEDED';
  readonly message: string;
}

const RESET = 'If that is meant, reset the source: POST /v1/sources/{topic}/{partition}/reset.';

/** Why a bridge is refused, or `undefined` where it may take over: first what it brings (P6), then who it is (P5). */
export function admitHello(hello: Hello, meta: Meta, mode: TimeMode): Refusal | undefined {
  const allowed = { source: 'live', stream: 'replay', clock: null }[mode];
  if (hello.mode !== allowed) {
    const rule = allowed === null ? 'takes no bridge' : `takes ${allowed} bridges`;
    return refused('MODE', `This is a ${hello.mode} bridge; ORIEL_TIME=${mode} ${rule}.`);
  }
  if (meta.reset) return undefined;
  if (meta.partitions !== null && meta.partitions !== hello.partitions) {
    return refused('PARTITIONS', `The topic has ${hello.partitions} partitions, it had ${meta.partitions}: keys would move. ${RESET}`);
  }
  if (meta.incarnation !== null && meta.incarnation !== hello.incarnation) {
    return refused(
      'INCARNATION',
      `This is log ${hello.incarnation.slice(0, 80)}, what is stored belongs to ${meta.incarnation.slice(0, 80)}. ${RESET}`,
    );
  }
  if (meta.next !== null && BigInt(meta.next) > BigInt(hello.end)) {
    return refused('INCARNATION', `The log ends at ${hello.end}, before ${meta.next}, which is wanted next: it was cut or made anew. ${RESET}`);
  }
  const { fence } = meta;
  if (fence === null) return undefined;
  const order = hello.epoch - fence.epoch || hello.generation - fence.generation;
  if (order > 0 || (order === 0 && hello.bridge === fence.bridge)) return undefined;
  return {
    close: 'superseded',
    code: 'SUPERSEDED',
    message: `Bridge ${fence.bridge.slice(0, 80)} holds the source with epoch ${fence.epoch}, generation ${fence.generation}; yours are ${hello.epoch}, ${hello.generation}.`,
  };
}

function refused(code: 'INCARNATION' | 'PARTITIONS' | 'MODE', message: string): Refusal {
  return { close: 'notAllowed', code, message };
}
