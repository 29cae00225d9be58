import { OrielError } from '../src/core/errors.ts';
import { partitionOf } from '../src/protocol/murmur2.ts';
import type { CustomerView, PartitionApi } from './api.ts';
import { keyOf } from './parameters.ts';
import { type Call, route } from './route.ts';
import { Customer, Dispositions, PostedEvents } from './schemas.ts';

/** Names the topology in the names of its customers' objects (D1). */
const TOPOLOGY = 'reservation';

/** The object of a key's home partition: of the first topic, where Kafka's own partitioner would put the key. */
export function homeOf(call: Call, key: string): PartitionApi {
  return call.env.PARTITION.getByName(`${call.settings.ORIEL_TOPIC[0]}/${partitionOf(key, call.settings.ORIEL_PARTITIONS)}`);
}

/** @throws OrielError `NOT_FOUND` for a customer never seen. */
export async function customerOf(call: Call): Promise<CustomerView> {
  const key = keyOf(call);
  const view = await call.env.CUSTOMER.getByName(`${TOPOLOGY}/${key}`).view();
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
      const stranger = events.findIndex((event) => event.customerId !== key);
      if (stranger >= 0)
        throw new OrielError('KEY', `The customerId of event ${stranger} is not the one of the path; each customer's events are posted apart.`);
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
