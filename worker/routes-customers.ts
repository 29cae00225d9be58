import { OrielError } from '../src/core/errors.ts';
import { partitionOf } from '../src/protocol/murmur2.ts';
import type { Topology } from '../src/topology.ts';
import type { CustomerView, PartitionApi } from './api.ts';
import { keyOf } from './parameters.ts';
import { type Call, route } from './route.ts';
import { Customer, Dispositions, type PostedEvent, PostedEvents } from './schemas.ts';
import { servedTopology } from './topology.ts';

/** The object of a key's home partition: of the first topic, where Kafka's own partitioner would put the key. */
export function homeOf(call: Call, key: string): PartitionApi {
  return call.env.PARTITION.getByName(`${call.settings.ORIEL_TOPIC[0]}/${partitionOf(key, call.settings.ORIEL_PARTITIONS)}`);
}

/** @throws OrielError `NOT_FOUND` for a customer never seen. */
export async function customerOf(call: Call): Promise<CustomerView> {
  const key = keyOf(call);
  const view = await call.env.CUSTOMER.getByName(`${servedTopology(call.env).topology.name}/${key}`).view();
  if (view === null)
    throw new OrielError('NOT_FOUND', `Nothing is known of the customer ${JSON.stringify(key)}: no event came, or all is past its retention.`);
  return view;
}

export const customerRoutes = [
  route({
    method: 'POST',
    path: '/v1/customers/{customerId}/events',
    id: 'postEvents',
    summary: 'Post one event of a customer, or up to 1,000; answered when they are durable',
    right: 'act',
    body: PostedEvents,
    answers: {
      200: { description: 'How each event ended, or that it waits: one that the topology refuses is rejected by itself.', json: Dispositions },
    },
    async handle(call) {
      const key = keyOf(call);
      const body = await call.body();
      const events = Array.isArray(body) ? body : [body];
      const { topology } = servedTopology(call.env);
      for (const [i, event] of events.entries()) requireKey(key, keyIn(topology, event), i);
      const results = await homeOf(call, key).post(
        events.map((event) => ({ id: event.id, key, value: event, ...(typeof event.timestamp === 'number' && { timestamp: event.timestamp }) })),
      );
      return Response.json({ results });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/customers/{customerId}',
    id: 'getCustomer',
    summary: "A customer's open windows, recent outcomes and counts",
    right: 'read',
    answers: { 200: { description: 'The customer.', json: Customer } },
    problems: [404],
    async handle(call) {
      return Response.json(await customerOf(call));
    },
  }),
];

/** The key of an event that is not checked yet; `undefined` where it has none. */
function keyIn(topology: Topology, event: PostedEvent): string | undefined {
  try {
    const key: unknown = topology.keyOf(event);
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined;
  }
}

function requireKey(key: string, given: string | undefined, i: number): void {
  if (given === undefined)
    throw new OrielError('SCHEMA', `The body is wrong: event ${i} has no key, which is what the topology tells customers apart by.`);
  if (given !== key) throw new OrielError('KEY', `The key of event ${i} is not the one of the path; each customer's events are posted apart.`);
}
