import { documentOf } from './openapi.ts';
import { type Route, route } from './route.ts';
import { customerRoutes } from './routes-customers.ts';
import { partitionRoutes } from './routes-partitions.ts';
import { reservationRoutes } from './routes-reservations.ts';
import { serviceRoutes } from './routes-service.ts';
import { socketRoutes } from './routes-sockets.ts';
import { servedTopology } from './topology.ts';

/** Every route there is; what it does not hold is the page's files. */
export const routes: readonly Route[] = [
  ...socketRoutes,
  ...customerRoutes,
  ...partitionRoutes,
  ...reservationRoutes,
  ...serviceRoutes,
  route({
    method: 'GET',
    path: '/openapi.json',
    id: 'openapi',
    summary: 'This document',
    right: null,
    answers: { 200: { description: 'OpenAPI 3.1.', media: 'application/json' } },
    handle: ({ env }) => Response.json(documentOf(routes, servedTopology(env).topology)),
  }),
];
