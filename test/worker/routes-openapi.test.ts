import { expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from '../../worker/app.ts';
import { eventSchemaOf } from '../../worker/event-schema.ts';
import { routes } from '../../worker/routes.ts';
import { world } from './world.ts';

const Nested: z.ZodType = z.lazy(() => z.object({ inner: Nested.optional() }));

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>>; readonly securitySchemes: Readonly<Record<string, object>> };
}

async function documented(settings: Readonly<Record<string, string>> = {}): Promise<Document> {
  const response = await world(settings).ask('/openapi.json');
  expect(response.headers.get('Content-Type')).toBe('application/json');
  return (await response.json()) as Document;
}

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

it('§6: the document is OpenAPI 3.1 and has every route of the table, and no other', async () => {
  const document = await documented();
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  const inDocument = operationsOf(document).map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  expect(inDocument.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});

it('§6: what the app serves beside its page is what the document has', async () => {
  const served = new Set(createApp().routes.map(({ path }) => path));
  const inDocument = Object.keys((await documented()).paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
  expect([...served].filter((path) => !['*', '/*'].includes(path)).sort()).toEqual(inDocument.sort());
});

it('§6: every reference leads to a schema, and every schema is referred to', async () => {
  const document = await documented();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to);
  const schemas = Object.keys(document.components.schemas).map((id) => `#/components/schemas/${id}`);
  expect([...new Set(references)].sort()).toEqual(schemas.sort());
});

it('§6: every operation has its parameters, responses, security and a name of its own', async () => {
  const document = await documented();
  const operations = operationsOf(document);
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  for (const { path, operation } of operations) {
    const inPath = operation.parameters?.filter((one) => one.in === 'path') ?? [];
    expect(inPath.map((one) => `{${one.name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every((one) => one.required)).toBe(true);
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      expect(status).toMatch(/^[1-5]\d\d$/);
      expect(description).not.toBe('');
      if (Number(status) >= 400) expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
    }
    for (const scheme of operation.security.flatMap(Object.keys)) expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
  }
});

it('§6: an event is described as the topology takes it', async () => {
  const { components } = await documented();
  expect(components.schemas.Event).toMatchObject({
    type: 'object',
    required: ['id', 'type', 'customerId', 'tableId'],
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 200 },
      type: { enum: ['CustomerRequestedTable', 'CustomerPaidForTable', 'CustomerCancelledReservation'] },
      customerId: { type: 'string', minLength: 1, maxLength: 1_000 },
      tableId: { type: 'string', minLength: 1, maxLength: 1_000 },
      timestamp: { type: 'integer' },
    },
  });
});

it('§6: with another topology it has the events of that one, and not the routes of reservations', async () => {
  const { paths, components } = await documented({ ORIEL_TOPOLOGY: 'retry' });
  expect(components.schemas.Event).toMatchObject({
    type: 'object',
    required: ['id', 'type', 'taskId'],
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 200 },
      type: { enum: ['TaskFailed', 'TaskSucceeded'] },
      taskId: { type: 'string', minLength: 1, maxLength: 1_000 },
      attempt: { type: 'integer', minimum: 1 },
      timestamp: { type: 'integer' },
    },
  });
  expect(Object.keys(paths)).toContain('/v1/customers/{customerId}/events');
  expect(Object.keys(paths).filter((path) => path.includes('reservations'))).toEqual([]);
  expect(Object.keys(components.schemas).filter((id) => id.startsWith('Reservation'))).toEqual([]);
});

it.each([
  ['recursive', Nested],
  ['no object', z.string()],
  ['one or the other', z.union([z.object({ type: z.literal('A') }), z.string()])],
] as const)('§6: events that are %s are told as what a posted one has of its own', (_, events) => {
  const posted = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
  expect(eventSchemaOf({ events }, posted)).toEqual(posted);
});

it('§6: a field that two kinds of event have in two ways is told as either', () => {
  const events = z.union([z.object({ size: z.number() }), z.object({ size: z.string() }), z.object({})]);
  expect(eventSchemaOf({ events }, { type: 'object' })).toEqual({
    type: 'object',
    properties: { size: { anyOf: [{ type: 'number' }, { type: 'string' }] } },
    required: [],
  });
});

it('P8: the document says what needs a token, and that a session never ingests', async () => {
  const document = await documented();
  const schemes = (path: string, method = 'get') => document.paths[path]?.[method]?.security.flatMap(Object.keys);
  expect([schemes('/healthz'), schemes('/metrics'), schemes('/v1/ingest/{topic}/{partition}'), schemes('/v1/session', 'post')]).toEqual([
    [],
    ['bearer', 'session'],
    ['bearer'],
    ['bearer'],
  ]);
});
