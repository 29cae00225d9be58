import { z } from 'zod';
import about from '../package.json' with { type: 'json' };
import type { Topology } from '../src/topology.ts';
import { eventSchemaOf } from './event-schema.ts';
import { parameters } from './parameters.ts';
import { isServed, type Route } from './route.ts';
import { components, Problem } from './schemas.ts';
import { SESSION_COOKIE } from './session.ts';

type Json = Readonly<Record<string, unknown>>;

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is wrong; the code says where.',
  401: 'No bearer token, or a wrong one.',
  403: 'The host, the origin or the rights do not allow it.',
  404: 'There is no such thing, or it is not served here.',
  413: 'The body is too large.',
  426: 'Only a WebSocket is served here.',
  500: 'A fault of our own.',
  503: 'A setting is missing or wrong, or an object cannot be reached now.',
};

/** The OpenAPI 3.1 document of a table of routes, as the topology has them. Its schemas are those that the routes check with; what an event is, the topology says. */
export function documentOf(routes: readonly Route[], topology: Topology): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes.filter((one) => isServed(one, topology)))
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Oriel',
      version: about.version,
      description: `${about.description} Where ORIEL_PUBLIC_VIEW is on, the rights to read and to act need no token.`,
      license: { name: about.license, identifier: about.license },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas(paths, topology),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'ORIEL_INGEST_TOKEN (every right) or ORIEL_VIEW_TOKEN (the right to read).' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'Made from a token by POST /v1/session; never has the right to ingest.',
        },
      },
    },
  };
}

/** The problems a route can answer with, beside its own: they follow from what stands in front of it. */
export function problemsOf(route: Route): readonly number[] {
  const all = new Set<number>([403, ...(route.problems ?? [])]);
  if (route.right !== null) for (const status of [401, 500, 503]) all.add(status);
  if (route.right === null && route.id !== 'health') all.add(503);
  if (route.path.includes('{topic}') || route.topology !== undefined) all.add(404);
  if (route.path.includes('{customerId}') || route.query !== undefined || route.body !== undefined) all.add(400);
  if (route.body !== undefined) all.add(413);
  return [...all].sort((a, b) => a - b);
}

function operationOf(route: Route): Json {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
    parameterOf('path', name, schemaOf(parameters[name] ?? z.string()), true),
  );
  const query = route.query === undefined ? {} : schemaOf(route.query);
  const inQuery = Object.entries((query.properties ?? {}) as Record<string, Json>).map(([name, schema]) => parameterOf('query', name, schema, false));
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.right !== null && { description: `Needs the right to ${route.right}.` }),
    security: route.right === null ? [] : [{ bearer: [] }, ...(route.right === 'ingest' || route.id === 'openSession' ? [] : [{ session: [] }])],
    ...(inPath.length + inQuery.length > 0 && { parameters: [...inPath, ...inQuery] }),
    ...(route.body !== undefined && { requestBody: { required: true, content: { 'application/json': { schema: reference(route.body) } } } }),
    responses: responsesOf(route),
  };
}

function responsesOf(route: Route): Json {
  const answers = Object.entries(route.answers).map(([status, { description, json, media }]) => [
    status,
    {
      description,
      ...(json !== undefined && { content: { 'application/json': { schema: reference(json) } } }),
      ...(media !== undefined && { content: { [media]: { schema: { type: 'string' } } } }),
    },
  ]);
  const problems = problemsOf(route).map((status) => [
    String(status),
    { description: PROBLEMS[status], content: { 'application/problem+json': { schema: reference(Problem) } } },
  ]);
  return Object.fromEntries([...answers, ...problems]);
}

function parameterOf(place: 'path' | 'query', name: string, { description, ...schema }: Json, required: boolean): Json {
  return { name, in: place, required, ...(description !== undefined && { description }), schema };
}

function reference(schema: z.ZodType): Json {
  const id = components.get(schema)?.id;
  if (id === undefined) throw new Error('broken invariant: a schema of a route stands in no component');
  return { $ref: `${PLACE}${id}` };
}

/** Those that the paths refer to, and those that these refer to. */
function schemas(paths: Json, topology: Topology): Json {
  const { schemas: all } = z.toJSONSchema(components, { io: 'input', uri: (id) => `${PLACE}${id}` });
  const told: Json = { ...all, Event: eventSchemaOf(topology, all.Event as Json) };
  const used = new Set<string>();
  const use = (json: unknown): void => {
    for (const [, id = ''] of JSON.stringify(json).matchAll(REFERENCE)) {
      if (used.has(id)) continue;
      used.add(id);
      use(told[id]);
    }
  };
  use(paths);
  return Object.fromEntries(Object.entries(told).flatMap(([id, schema]) => (used.has(id) ? [[id, withoutIdentity(schema as Json)]] : [])));
}

const PLACE = '#/components/schemas/';
const REFERENCE = /"\$ref":"#\/components\/schemas\/([^"]+)"/g;

function schemaOf(schema: z.ZodType): Json {
  return withoutIdentity(z.toJSONSchema(schema, { io: 'input' }));
}

/** In a document, the dialect is the document's and a schema's place is its name. */
function withoutIdentity({ $schema: _dialect, $id: _place, ...schema }: Json): Json {
  return schema;
}
