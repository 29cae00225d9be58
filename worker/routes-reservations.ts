import type { CustomerWindow } from './api.ts';
import { type Call, route } from './route.ts';
import { customerOf } from './routes-customers.ts';
import { type Reservation, ReservationPage, ReservationQuery } from './schemas.ts';

/** Objects that one request asks, at most: a page ends there, short or empty, with a `next`. */
const OBJECTS_A_PAGE = 50;

export const reservationRoutes = [
  route({
    method: 'GET',
    path: '/api/tables/reservations',
    id: 'listReservations',
    summary: 'All open reservations; a page can be short, even empty, before the last',
    right: 'read',
    topology: 'reservation',
    query: ReservationQuery,
    answers: { 200: { description: 'A page of reservations.', json: ReservationPage } },
    async handle(call) {
      const { limit, after } = call.query();
      return Response.json(await reservationsFrom(call, limit, cursorOf(after)));
    },
  }),
  route({
    method: 'GET',
    path: '/api/tables/reservations/{customerId}',
    id: 'getReservations',
    summary: "A customer's open reservations",
    right: 'read',
    topology: 'reservation',
    answers: { 200: { description: 'The reservations, on one page.', json: ReservationPage } },
    problems: [404],
    async handle(call) {
      const { customerId, windows } = await customerOf(call);
      return Response.json({ items: windows.map((window) => reservationOf(customerId, window)), next: null });
    },
  }),
];

/** Which partition a listing has come to, and how far in it. As text `partition:after`. */
interface Cursor {
  readonly partition: number;
  readonly after?: string;
}

/** Of a text of the form `PARTITION_CURSOR`. */
function cursorOf(text = '0:'): Cursor {
  const colon = text.indexOf(':');
  const after = text.slice(colon + 1);
  return { partition: Number(text.slice(0, colon)), ...(after !== '' && { after }) };
}

/** Goes through the partitions of the first topic in their order. */
async function reservationsFrom(call: Call, limit: number, from: Cursor): Promise<{ items: Reservation[]; next: string | null }> {
  const { ORIEL_TOPIC: topics, ORIEL_PARTITIONS: partitions } = call.settings;
  const items: Reservation[] = [];
  let { partition, after } = from;
  for (let asked = 0; partition < partitions; asked += 1) {
    if (items.length === limit || asked === OBJECTS_A_PAGE) return { items, next: `${partition}:${after ?? ''}` };
    const object = call.env.PARTITION.getByName(`${topics[0]}/${partition}`);
    const page = await object.windows({ limit: limit - items.length, ...(after !== undefined && { after }) });
    items.push(...page.items.map((window) => reservationOf(window.key, window)));
    after = page.next ?? undefined;
    if (after === undefined) partition += 1;
  }
  return { items, next: null };
}

/** A window of the reservation topology is anchored at the request and ends when the time to pay does; its id is the table (B1). */
function reservationOf(customerId: string, window: CustomerWindow): Reservation {
  return { customerId, tableId: window.id, status: window.status, requestedAt: window.start, payBy: window.end, held: window.held };
}
