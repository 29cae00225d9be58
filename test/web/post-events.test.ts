import { describe, expect, it } from 'vitest';
import { OrielError, type PostedEvent, postEvents } from '../../src/client.ts';

const event: PostedEvent = { id: 'e1', type: 'CustomerRequestedTable', customerId: 'ada/1', tableId: '4' };

function answering(status: number, body: unknown, requests: Request[] = []): typeof fetch {
  return async (input, init) => {
    requests.push(new Request(input, init));
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  };
}

async function fault(send: typeof fetch): Promise<OrielError> {
  const error = await postEvents('http://localhost:8787', 'ada', [event], { fetch: send }).catch((thrown: unknown) => thrown);
  if (error instanceof OrielError) return error;
  throw new Error('postEvents did not refuse');
}

describe('posting events', () => {
  it('P9: sends the events to the customer and gives what became of each', async () => {
    const requests: Request[] = [];
    const results = [
      { id: 'e1', disposition: 'folded' },
      { id: 'e2', disposition: 'late', code: 'NO_WINDOW' },
    ];
    const given = await postEvents('http://localhost:8787/page', 'ada/1', [event, { ...event, id: 'e2' }], {
      fetch: answering(200, { results }, requests),
    });
    expect(given).toEqual(results);
    const [request] = requests;
    expect([request?.method, request?.url]).toEqual(['POST', 'http://localhost:8787/v1/customers/ada%2F1/events']);
    expect([request?.headers.get('content-type'), request?.headers.get('authorization')]).toEqual(['application/json', null]);
    expect(await request?.json()).toEqual([event, { ...event, id: 'e2' }]);
  });

  it('P8: carries a bearer token where one is given', async () => {
    const requests: Request[] = [];
    await postEvents('http://localhost:8787', 'ada', [event], { fetch: answering(200, { results: [] }, requests), token: 'secret-1' });
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer secret-1');
  });

  it.each([
    [
      403,
      { type: 'about:blank', title: 'Forbidden', status: 403, detail: 'The right to write is needed.', code: 'NOT_ALLOWED' },
      'NOT_ALLOWED',
      false,
    ],
    [413, { type: 'about:blank', title: 'Content Too Large', status: 413, detail: 'Too much.', code: 'TOO_LARGE' }, 'TOO_LARGE', false],
    [503, { type: 'about:blank', title: 'Service Unavailable', status: 503, detail: 'Ask again.', code: 'UNAVAILABLE' }, 'UNAVAILABLE', true],
  ])('throws what a problem document of %i says', async (status, problem, code, retryable) => {
    const error = await fault(answering(status, problem));
    expect(error).toMatchObject({ code, retryable, message: problem.detail, cause: { status, title: problem.title } });
  });

  it('throws for an answer that is no problem document, and for a success that is no result', async () => {
    expect(await fault(answering(502, '<html>'))).toMatchObject({ code: 'UNAVAILABLE', retryable: true, cause: { status: 502 } });
    expect(await fault(answering(418, '{}'))).toMatchObject({ code: 'NOT_ALLOWED', retryable: false });
    expect(await fault(answering(200, '<html>'))).toMatchObject({ code: 'INTERNAL', retryable: false });
  });

  it('P9: says that the same events can be posted again where no answer came', async () => {
    const error = await fault(() => Promise.reject(new TypeError('fetch failed')));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(error.message).toContain('Post the same events again');
  });
});
