import { describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway/client.ts';
import type { NewLogRecord } from '../support/gateway/log.ts';
import { MemoryLog, type MemoryTransaction } from '../support/gateway/memory-log.ts';
import { TestGateway } from '../support/gateway/test-gateway.ts';
import { bytesOf } from '../support/gateway/wire.ts';
import { compared, recording } from './recorded/recording.ts';
import { SCENARIO_TOPICS, type ScenarioHands, type ScenarioRecord, SINK_BYTES, strimziScenario } from './recorded/scenario.ts';

function stored({ key, value, headers = [], timestamp }: ScenarioRecord): NewLogRecord {
  const bytes = (text: string | null) => (text === null ? null : bytesOf(text));
  return {
    key: bytes(key),
    value: bytes(value),
    headers: headers.map(([name, text]) => [name, bytesOf(text)] as const),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function handsOf(log: MemoryLog): ScenarioHands {
  const inTransaction = (transaction: MemoryTransaction) => ({
    produce: async (records: readonly ScenarioRecord[]) => void (await transaction.append(records.map(stored))),
    end: async (how: 'commit' | 'abort') => transaction.end(how),
  });
  return {
    produce: async (topic, records) => void (await log.append(topic, 0, records.map(stored))),
    begin: async (topic) => inTransaction(log.begin(topic, 0)),
    deleteBelow: async (topic, offset) => log.deleteBelow(topic, 0, BigInt(offset)),
    committed: async (group, topic) => (await log.committed(group, topic, 0))?.toString(),
  };
}

describe('The test gateway as strimzi', () => {
  it(`answers as the real one did: ${recording.gateway}, ${recording.exchanges.length} exchanges`, async () => {
    let now = 1_700_000_000_000;
    const log = new MemoryLog({
      topics: Object.fromEntries(SCENARIO_TOPICS.map((topic) => [topic, 1])),
      mostRecordBytes: SINK_BYTES,
      now: () => now,
    });
    const pause = async (ms: number) => {
      now += ms;
    };
    const gateway = new TestGateway({ dialect: 'strimzi', log, now: () => now, pause });
    const exchanges = await strimziScenario(new GatewayClient('http://gateway.test:8082', gateway.port), handsOf(log));
    expect(exchanges.map(compared)).toEqual(recording.exchanges.map(compared));
  });
});
