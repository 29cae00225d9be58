import { expect } from 'vitest';
import { CODES } from '../../src/core/errors.ts';
import { decodeBridgeFrame } from '../../src/protocol/codec.ts';
import { Dispositions, Problem } from '../../worker/schemas.ts';
import { INSIDES, placed, REFUSALS } from '../protocol/attack.ts';
import type { System } from '../support/system.ts';
import { helloFrame, Wire } from '../support/wire.ts';

/** An outcome that was never sent: refused in its turn, and so the end of whatever stood before it. */
const END = '{"t":"outcomeAck","seq":"9223372036854775807"}';
const MOST_ON_A_SOCKET = 16;

/** How often each end came. */
export type Ends = Record<string, number>;

function note(ends: Ends, end: string): void {
  ends[end] = (ends[end] ?? 0) + 1;
}

/** Waits until the object has refused, and holds that against what is documented. */
async function refusalOf(wire: Wire): Promise<string> {
  const { code, reason } = await wire.closed;
  const told = wire.frames.at(-1);
  expect(REFUSALS, reason).toContain(code);
  expect(told?.t === 'error' ? CODES : told?.t, reason).toContain(told?.t === 'error' ? told.code : 'error');
  expect(JSON.stringify(wire.frames)).not.toMatch(INSIDES);
  return reason.includes('9223372036854775807 was not sent') ? 'taken' : `close ${code}`;
}

function isFrame(text: string): boolean {
  try {
    return decodeBridgeFrame(text).t !== 'hello';
  } catch {
    return false;
  }
}

export interface Lane {
  readonly system: System;
  readonly partition: number;
  readonly ends: Ends;
}

function open({ system, partition }: Lane): Promise<Wire> {
  return Wire.open({ url: system.url, token: system.settings.ORIEL_INGEST_TOKEN ?? '', partition });
}

function partitionsOf({ system }: Lane): number {
  return Number(system.settings.ORIEL_PARTITIONS);
}

/** Sends hurt frames, on each socket as many as are frames still and one that is none, so that each of them is judged. */
export async function attackWithFrames(lane: Lane, texts: readonly string[]): Promise<void> {
  for (let sent = 0; sent < texts.length; ) {
    const wire = await open(lane);
    const { next } = await wire.greet({ end: '9223372036854775807', partitions: partitionsOf(lane) });
    for (let some = 0, good = true; good && some < MOST_ON_A_SOCKET && sent < texts.length; some++) {
      const text = placed(texts[sent++] as string, next);
      good = isFrame(text);
      wire.sendText(text);
    }
    wire.sendText(END);
    note(lane.ends, await refusalOf(wire));
  }
}

/** Says hurt hellos; after one that is welcomed, the log is reset. */
export async function attackWithHellos(lane: Lane, texts: readonly string[]): Promise<void> {
  const { system, partition, ends } = lane;
  for (const text of texts) {
    const wire = await open(lane);
    wire.sendText(text);
    wire.sendText(END);
    const end = await refusalOf(wire);
    note(ends, end);
    if (end !== 'taken') continue;
    const reset = await system.fetch(`/v1/sources/customer-events/${partition}/reset`, {
      method: 'POST',
      token: system.settings.ORIEL_INGEST_TOKEN ?? '',
    });
    expect(reset.status).toBe(204);
  }
}

/** Posts hurt bodies. */
export async function attackWithBodies({ system, ends }: Lane, texts: readonly string[]): Promise<void> {
  for (const body of texts) {
    const answer = await fetch(`${system.url}/v1/customers/eve/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${system.settings.ORIEL_INGEST_TOKEN}`, 'Content-Type': 'application/json' },
      body,
    });
    const text = await answer.text();
    expect(text).not.toMatch(INSIDES);
    if (answer.status === 200) Dispositions.parse(JSON.parse(text));
    else expect(answer.status < 500 && Problem.parse(JSON.parse(text)).status, text).toBe(answer.status);
    note(ends, `http ${answer.status}`);
  }
}

/** Sends more than the credit, frame upon frame without waiting. Says how it ended. */
export async function flood(lane: Lane, recordAt: (offset: number) => object): Promise<void> {
  const wire = await open(lane);
  wire.send(helloFrame({ end: '9223372036854775807', partitions: partitionsOf(lane) }));
  const { next } = await wire.next('welcome');
  const frames = Array.from({ length: 20 }, (_, frame) => {
    const from = Number(next ?? 0) + 500 * frame;
    return JSON.stringify({
      t: 'data',
      from: String(from),
      records: Array.from({ length: 500 }, (_, i) => ({ offset: String(from + i), ...recordAt(from + i) })),
    });
  });
  for (const frame of frames) wire.sendText(frame);
  wire.sendText(END);
  note(lane.ends, await refusalOf(wire));
}
