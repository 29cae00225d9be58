import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkBridge } from '../../../src/bridge/check/check.ts';
import { exitOfAll, type Finding, findingLines } from '../../../src/bridge/check/finding.ts';
import { EXIT } from '../../../src/bridge/exit.ts';
import { webSocketDial } from '../../../src/bridge/session/websocket.ts';
import { bridgeConfiguration } from '../../../src/bridge/settings.ts';
import { freePorts } from '../broker/ports.ts';
import { freshName, freshTopic, sharedConnection } from '../broker/shared.ts';
import { Topics } from '../broker/topics.ts';
import type { GatewayProcess } from '../gateway/gateway.ts';
import { startGatewayProcess } from '../gateway/process.ts';
import { kindOf, strimziKind } from './gateways.ts';

const USER = { username: 'oriel', password: 'not-told-anybody' };

let events: string;
let compacted: string;
let outcomes: string;
let guarded: GatewayProcess;
let strimzi: GatewayProcess;
let redpanda: GatewayProcess;

beforeAll(async () => {
  const topics = new Topics(sharedConnection());
  events = await freshTopic(topics, { partitions: 3 });
  compacted = await freshTopic(topics, { config: { 'cleanup.policy': 'compact' } }, 'compacted');
  outcomes = await freshTopic(topics, {}, 'outcomes');
  await topics.produce(events, [{ partition: 0, value: '{}' }]);
  await topics.close();
  [guarded, strimzi, redpanda] = await Promise.all([
    startGatewayProcess({ dialect: 'confluent', connection: sharedConnection(), credentials: USER }),
    strimziKind().start(sharedConnection()),
    kindOf('redpanda').start(sharedConnection()),
  ]);
});

afterAll(async () => {
  await Promise.all([guarded, strimzi, redpanda].map((gateway) => gateway?.close()));
});

const AS_USER = { ORIEL_REST_USERNAME: USER.username, ORIEL_REST_PASSWORD: USER.password };

/** What a check finds at a gateway, without the Worker, which is not there. */
async function found(url: string, variables: Record<string, string>, topics = events) {
  const nowhere = { ORIEL_URL: 'http://127.0.0.1:1', ORIEL_INGEST_TOKEN: 'ingest-token' };
  const ends = { ORIEL_SOURCE: `kafka-rest+${url}/${topics}`, ORIEL_SINK: `kafka-rest+${url}/${outcomes}` };
  const configuration = bridgeConfiguration({ ...nowhere, ...ends, ORIEL_GROUP: freshName('check'), ...variables });
  const findings: Finding[] = [];
  for await (const finding of checkBridge(configuration, { fetch: globalThis.fetch, dialOf: webSocketDial })) findings.push(finding);
  const [worker, ...gateway] = findings;
  expect(worker).toMatchObject({ is: 'fault', exit: 1 });
  return { lines: gateway.map(findingLines), exit: exitOfAll(gateway) };
}

const TRANSACTIONS = /^open {4}It does not tell that nothing follows the end of a transaction/;

/** What is found at a gateway whose topics can be used. */
function sound(answers: RegExp, timestamps: RegExp, ...notes: readonly RegExp[]) {
  const lines = [
    answers,
    new RegExp(`^ok {6}Topic ${events} is there: 3 partitions`),
    /^ok {6}Positions in events-\S+ 0 of 3 partitions go on where the Worker is, 0 where group check-\S+ is, 3 begin at earliest\.$/,
    /^(ok|open) +.*claim/,
    /^ok {6}.*(polled|read by offset)/,
    timestamps,
    ...notes,
    new RegExp(`^ok {6}Outcome topic ${outcomes} is there\\.$`),
    new RegExp(`^open {4}Whether these credentials may write to ${outcomes}`),
  ];
  return { exit: EXIT.ok, lines: lines.map((line) => expect.stringMatching(line)) };
}

describe.concurrent('oriel bridge check before REST gateways of a real broker', () => {
  it('finds all sound with credentials, and what is open', async () => {
    const all = await found(guarded.url, { ...AS_USER, ORIEL_FROM: 'earliest' });
    expect(all).toEqual(
      sound(
        /^ok {6}The gateway at \S+ answers, to user oriel, and speaks as confluent does\.$/,
        /^open {4}Records come without timestamps/,
        /^open {4}Its consumer\.isolation\.level must not be read_committed/,
        TRANSACTIONS,
      ),
    );
    expect(all.lines.join()).not.toContain(USER.password);
  });

  it('finds all sound without any, before Strimzi and Redpanda', async () => {
    const one = await found(strimzi.url, { ORIEL_FROM: 'earliest' });
    expect(one).toEqual(sound(/ answers, and speaks as strimzi does\.$/, /^ok {6}Records come with their timestamps/, TRANSACTIONS));
    const other = await found(redpanda.url, { ORIEL_FROM: 'earliest' });
    const notes = [/^open {4}It reads records of open and aborted/, /^open {4}It does not tell whether a topic is compacted/, TRANSACTIONS];
    expect(other).toEqual(sound(/ answers, and speaks as redpanda does\.$/, /^open {4}Records come without timestamps/, ...notes));
  });

  it('tells a gateway that is not there and a wrong password apart', async () => {
    const [port] = await freePorts(1);
    const away = await found(`http://127.0.0.1:${port}`, {});
    expect(away).toEqual({ exit: EXIT.fault, lines: [expect.stringMatching(/^not ok {2}.*ECONNREFUSED.*\s.*Start the gateway/)] });
    const wrong = await found(guarded.url, { ...AS_USER, ORIEL_REST_PASSWORD: 'wrong-password' });
    expect(wrong).toEqual({ exit: EXIT.refused, lines: [expect.stringMatching(/^not ok {2}.*401.*credentials/)] });
    expect(wrong.lines.join()).not.toContain('wrong-password');
  });

  it('names each topic that cannot be used, and the choice that is open', async () => {
    const { lines, exit } = await found(guarded.url, AS_USER, `${events},${compacted},missing`);
    expect(exit).toBe(EXIT.refused);
    expect(lines.filter((line) => line.startsWith('not ok'))).toEqual([
      expect.stringMatching(/Topic compacted-\S+ has cleanup\.policy=compact/),
      expect.stringMatching(/topic missing\b.*404/),
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^open {4}Group \S+ has no position in topic events-\S+ which holds records/));
  });
});
