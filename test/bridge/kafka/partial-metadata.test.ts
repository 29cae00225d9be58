import { Admin, kGetApi, ResponseError } from '@platformatic/kafka';
import { expect, it } from 'vitest';
import { clientOptions } from '../../../src/bridge/kafka/connection.ts';
import { takesPartialMetadata } from '../../../src/bridge/kafka/partial-metadata.ts';

const RESPONSE = { topics: [{ name: 't' }] };
const METADATA = 3;
const VERSION = 12;

it('K5: what is known of a topic is taken also where a partition has no leader; any other error is one', async () => {
  expect(await answerTo({ '/topics/0/partitions/1': [5, null], '/topics/1/partitions/0': [72, null] })).toEqual([null, RESPONSE]);
  expect(await answerTo({ '/topics/0/partitions/1': [5, null], '/topics/1': [3, null] })).toEqual([expect.any(ResponseError), undefined]);
  expect(await answerTo({ '/topics/0/partitions/1': [5, null] }, 'Fetch')).toEqual([expect.any(ResponseError), undefined]);
});

/** What becomes of a broker's answer with these errors. */
function answerTo(errors: Record<string, [number, null]>, name = 'Metadata'): Promise<[unknown, unknown]> {
  const admin = new Admin(clientOptions({ brokers: ['127.0.0.1:1'] }, 'test'));
  const api = (...given: unknown[]) => (given.pop() as (error: Error) => void)(new ResponseError(METADATA, VERSION, errors, RESPONSE));
  Object.assign(admin, {
    [kGetApi]: (_: string, callback: (error: null, found: unknown) => void) => callback(null, Object.assign(api, { version: VERSION })),
  });
  return new Promise((resolve) => {
    takesPartialMetadata(admin)[kGetApi]<unknown[], unknown>(name, (_, found) => {
      expect(found?.version).toBe(VERSION);
      (found as unknown as (...given: unknown[]) => void)({}, ['t'], (error: unknown, response: unknown) => resolve([error, response]));
    });
  });
}
