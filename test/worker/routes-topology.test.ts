import { describe, expect, it } from 'vitest';
import { customerView, INGEST, problemIn, VIEW, world } from './world.ts';

const RETRY = { ORIEL_TOPOLOGY: 'retry' };
const failed = (over: object = {}) => ({ id: 'e1', type: 'TaskFailed', taskId: 'job/1', attempt: 1, ...over });
const EVENTS = `/v1/customers/${encodeURIComponent('job/1')}/events`;

describe('§8: the routes of another topology', () => {
  it('§6: take its events, whose key is what the topology says', async () => {
    const { ask, woken } = world(RETRY);
    expect((await ask(EVENTS, { method: 'POST', token: INGEST, json: [failed(), { id: 'e2', taskId: 'job/1' }] })).status).toBe(200);
    expect(woken).toEqual([
      `partition customer-events/0 post ${JSON.stringify([
        { id: 'e1', key: 'job/1', value: failed() },
        { id: 'e2', key: 'job/1', value: { id: 'e2', taskId: 'job/1' } },
      ])}`,
    ]);
  });

  it.each([
    ['of another key', { taskId: 'job/2' }, 'KEY', 'event 1'],
    ['without a key', { taskId: undefined, customerId: 'job/1' }, 'SCHEMA', 'event 1 has no key'],
    ['whose key is no text', { taskId: 7 }, 'SCHEMA', 'event 1 has no key'],
  ])('§6: an event %s is 400 and wakes nobody', async (_, over, code, place) => {
    const { ask, woken } = world(RETRY);
    const problem = await problemIn(await ask(EVENTS, { method: 'POST', token: INGEST, json: [failed(), failed(over)] }));
    expect(problem).toMatchObject({ status: 400, code });
    expect([problem.detail.includes(place), woken]).toEqual([true, []]);
  });

  it("D1: name its customers' objects after it, and say which it is", async () => {
    const { ask, woken } = world(RETRY, { customer: (name) => customerView(name) });
    expect((await ask('/v1/customers/job', { token: VIEW })).status).toBe(200);
    expect(woken).toEqual(['customer retry/job view']);
    expect(await (await ask('/v1/sources', { token: VIEW })).json()).toMatchObject({ topology: { name: 'retry', version: 1 } });
  });

  it.each(['/api/tables/reservations', '/api/tables/reservations/ann'])('§6: %s is 404 and says which topology is served', async (path) => {
    const { ask, woken } = world(RETRY, { customer: (name) => customerView(name) });
    const problem = await problemIn(await ask(path, { token: VIEW }));
    expect([problem, woken]).toMatchObject([{ status: 404, code: 'NOT_FOUND' }, []]);
    expect(problem.detail).toContain('this Worker serves retry');
    expect((await ask(path)).status).toBe(401);
  });

  it('§8: one that is not there is 503, and those that are there are told', async () => {
    for (const name of ['parcels', 'constructor']) {
      const { detail, ...problem } = await problemIn(await world({ ORIEL_TOPOLOGY: name }).ask('/v1/customers/ann', { token: VIEW }));
      expect(problem).toMatchObject({ status: 503, code: 'OPTION' });
      expect(detail).toMatch(new RegExp(`ORIEL_TOPOLOGY: "${name}" is no topology .* reservation, retry, sessions`));
    }
  });

  it('§8: settings that do not go together with it are 503', async () => {
    const settings = { ...RETRY, ORIEL_WINDOW: '1h', ORIEL_RETRY_CAP: '1m' };
    expect(await problemIn(await world(settings).ask('/v1/customers/ann', { token: VIEW }))).toMatchObject({ status: 503, code: 'OPTION' });
  });
});
