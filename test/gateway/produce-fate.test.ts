import { describe, expect, it } from 'vitest';
import { fateOf, refusalOf } from '../../src/gateway/produce-fate.ts';

/** `refused CODE` or `failed CODE`, with `!` where no further try can help. */
function told(code: number, message: string, kafka = false): string {
  const fate = fateOf({ code, kafka, message }, 'out');
  if (fate.is === 'stored') return fate.is;
  return fate.is === 'refused' ? `refused ${fate.code}` : `failed ${fate.error.code}${fate.error.retryable ? '' : '!'}`;
}

describe('what a report of a gateway says', () => {
  it('K11: that a record cannot be stored is known by its message, whatever its number', () => {
    const sizes = [
      'The message is 2000088 bytes when serialized which is larger than 1048576, which is the value of the max.request.size configuration.',
      'The request included a message larger than the max message size the server will accept.',
      'The server has a configurable maximum message size to avoid unbounded memory allocation. This error is thrown if the client attempt to produce a message larger than this maximum.',
      'Broker: Message size too large',
    ];
    for (const message of sizes) for (const code of [1, 500, 40002, 50002]) expect(told(code, message)).toBe('refused TOO_LARGE');
    expect(told(1, 'The timestamp of the message is out of acceptable range.')).toBe('refused INVALID_TIMESTAMP');
    expect(told(50002, 'This record has failed the validation on broker and hence will be rejected.')).toBe('refused INVALID_RECORD');
  });

  it("K11: Kafka's own codes are read where the gateway passes them on, and nowhere else", () => {
    const codes = [3, 5, 6, 7, 10, 18, 29, 31, 32, 58, 87];
    expect(codes.map((code) => `${code} ${told(code, '', true)}`)).toEqual([
      '3 failed UNKNOWN_TOPIC',
      '5 failed UNAVAILABLE',
      '6 failed UNAVAILABLE',
      '7 failed UNAVAILABLE',
      '10 refused TOO_LARGE',
      '18 refused TOO_LARGE',
      '29 failed NOT_ALLOWED!',
      '31 failed NOT_ALLOWED!',
      '32 refused INVALID_TIMESTAMP',
      '58 failed NOT_ALLOWED!',
      '87 refused INVALID_RECORD',
    ]);
    expect(new Set(codes.map((code) => told(code, '')))).toEqual(new Set(['failed UNAVAILABLE']));
  });

  it('K11: what is not known to be final passes', () => {
    const passing = [
      [1, 'timed out waiting to publish message, producer buffer full'],
      [2, 'not leader'],
      [429, 'Request rate limit exceeded: your request exceeds the rate limit'],
      [500, 'There are no in-sync replicas'],
      [50002, 'Cannot perform operation after producer has been closed'],
      [50003, 'Expiring 1 record(s) for out-0'],
    ] as const;
    for (const [code, message] of passing) expect(told(code, message)).toBe('failed UNAVAILABLE');
    expect(refusalOf('Unauthorized')).toBeUndefined();
  });

  it('K11: rights and topics are known by number or by word', () => {
    expect([told(40301, ''), told(401, ''), told(1, 'Not authorized to access topics: [out]')]).toEqual(Array(3).fill('failed NOT_ALLOWED!'));
    expect([told(404, ''), told(40401, ''), told(500, 'Topic out not present in metadata after 60000 ms.')]).toEqual(
      Array(3).fill('failed UNKNOWN_TOPIC'),
    );
  });
});
