import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkBridge } from '../../src/bridge/check/check.ts';
import { exitOfAll, type Finding, findingLines } from '../../src/bridge/check/finding.ts';
import { webSocketDial } from '../../src/bridge/session/websocket.ts';
import { bridgeConfiguration } from '../../src/bridge/settings.ts';
import { newFolder } from '../bridge/files.ts';
import { Broker } from './broker/broker.ts';
import type { Listener } from './broker/properties.ts';
import { USERS } from './broker/secrets.ts';
import { Topics } from './broker/topics.ts';

let broker: Broker;

beforeAll(async () => {
  broker = await Broker.start({ isSecure: true });
  const topics = new Topics(broker.connection);
  await topics.createTopic('events', { partitions: 3 });
  await topics.createTopic('compacted', { config: { 'cleanup.policy': 'compact' } });
  await topics.createTopic('outcomes');
  await topics.produce('events', [{ partition: 1, value: '{}' }]);
  await topics.close();
});

afterAll(() => broker?.close());

/** What a check finds in Kafka, without the Worker, which is not there. */
async function found(listener: Listener, variables: Record<string, string>, topics = 'events') {
  const nowhere = { ORIEL_URL: 'http://127.0.0.1:1', ORIEL_INGEST_TOKEN: 'ingest-token' };
  const configuration = bridgeConfiguration({ ...nowhere, ORIEL_SOURCE: `kafka://${broker.addressOf(listener)}/${topics}`, ...variables });
  const findings: Finding[] = [];
  for await (const finding of checkBridge(configuration, { fetch: globalThis.fetch, dialOf: webSocketDial })) findings.push(finding);
  const [worker, ...cluster] = findings;
  expect(worker).toMatchObject({ is: 'fault', exit: 1 });
  return { lines: cluster.map(findingLines), exit: exitOfAll(cluster) };
}

/** A user of SCRAM, as settings. */
function as({ username, password }: { readonly username: string; readonly password: string }): Record<string, string> {
  return { ORIEL_KAFKA_SASL: 'scram-sha-512', ORIEL_KAFKA_USERNAME: username, ORIEL_KAFKA_PASSWORD: password };
}

function authorityFile(): string {
  const file = join(newFolder(), 'ca.pem');
  writeFileSync(file, broker.certificates.ca);
  return file;
}

describe('oriel bridge check against a real broker', () => {
  it('finds all sound over TLS and SASL, and what is open', async () => {
    const given = {
      ...as(USERS.oriel),
      ORIEL_KAFKA_CA: authorityFile(),
      ORIEL_FROM: 'earliest',
      ORIEL_SINK: `kafka://${broker.addressOf('SASL_TLS')}/outcomes`,
    };
    const { lines, exit } = await found('SASL_TLS', given);
    expect(exit).toBe(0);
    expect(lines).toEqual([
      `ok      Broker ${broker.addressOf('SASL_TLS')} answers, over TLS, to user oriel.`,
      expect.stringMatching(/^ok {6}Topic events is there: 3 partitions, id [0-9a-f-]{36}, cleanup\.policy=delete\.$/),
      'ok      This user may read with group oriel.',
      'ok      Positions in events: 0 of 3 partitions go on where the Worker is, 0 where group oriel is, 3 begin at earliest.',
      'ok      Outcome topic outcomes is there: 1 partition.',
      expect.stringMatching(/^open {4}Whether this user may write to outcomes/),
    ]);
  });

  it('names each topic that cannot be used, and the choice that is open', async () => {
    const { lines, exit } = await found('PLAINTEXT', { ORIEL_DEAD_LETTERS: 'absent' }, 'events,compacted,missing');
    expect(exit).toBe(3);
    const faults = lines.filter((line) => line.startsWith('not ok'));
    expect(faults).toEqual([
      expect.stringMatching(/Topic compacted has cleanup\.policy=compact/),
      expect.stringMatching(/look up topic missing .* does not know the topic/),
      expect.stringMatching(/look up topic absent .* does not know the topic/),
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^open {4}Group oriel has no position in topic events, which holds records/));
  });

  it('tells a wrong password, TLS that is not trusted, and a user without rights apart', async () => {
    const wrong = await found('SASL', as({ username: 'oriel', password: 'wrong-password' }));
    expect(wrong).toEqual({ exit: 3, lines: [expect.stringMatching(/^not ok {2}Cannot reach .* refuses the credentials .*ORIEL_KAFKA_PASSWORD/)] });
    expect(wrong.lines.join()).not.toContain('wrong-password');
    const untrusted = await found('TLS', { ORIEL_KAFKA_TLS: 'on' });
    expect(untrusted).toEqual({ exit: 1, lines: [expect.stringMatching(/^not ok {2}Cannot reach .*ORIEL_KAFKA_CA/)] });
    const { lines, exit } = await found('SASL', as(USERS.stranger));
    expect(exit).toBe(3);
    expect(lines).toEqual([
      expect.stringMatching(/^ok {6}Broker .* to user stranger\.$/),
      expect.stringMatching(/^not ok {2}Cannot look up topic events .* does not allow this user to use a topic/),
      expect.stringMatching(/^not ok {2}Cannot look up group oriel: .* does not allow this user to use the consumer group/),
    ]);
  });
});
