import { z } from 'zod';
import type { Topology } from '../src/topology.ts';

type Json = Readonly<Record<string, unknown>>;

interface ObjectSchema {
  readonly properties: Readonly<Record<string, Json>>;
  readonly required: readonly string[];
}

/** What an event of the topology is, in JSON Schema, together with what a posted one has of its own (`posted`). Where that cannot be said it is `posted` alone. */
export function eventSchemaOf(topology: Pick<Topology, 'events'>, posted: Json): Json {
  const kinds = kindsOf(topology);
  const own = objectOf(posted);
  if (kinds === undefined || own === undefined) return posted;
  const names = [...new Set(kinds.flatMap(({ properties }) => Object.keys(properties)))];
  const told = Object.fromEntries(
    names.map((name) => [name, oneOf(kinds.flatMap(({ properties: { [name]: schema } }) => (schema === undefined ? [] : [schema])))]),
  );
  const always = names.filter((name) => kinds.every(({ required }) => required.includes(name)));
  return { ...posted, properties: { ...own.properties, ...told, ...own.properties }, required: [...new Set([...own.required, ...always])] };
}

/** The objects that an event can be; `undefined` where it can be anything else. */
function kindsOf({ events }: Pick<Topology, 'events'>): readonly ObjectSchema[] | undefined {
  let told: Json;
  try {
    told = z.toJSONSchema(events, { io: 'input', unrepresentable: 'any' }) as Json;
  } catch {
    return undefined;
  }
  // A recursive schema refers to itself by a place that it does not have in the document.
  if ('$defs' in told || JSON.stringify(told).includes('"$ref"')) return undefined;
  const kinds = ((told.oneOf ?? told.anyOf ?? [told]) as readonly Json[]).map(objectOf);
  return kinds.every((kind) => kind !== undefined) ? kinds : undefined;
}

function objectOf({ type, properties = {}, required = [] }: Json): ObjectSchema | undefined {
  return type === 'object' ? ({ properties, required } as ObjectSchema) : undefined;
}

/** A field as any of the kinds has it: `A` or `B` of two constants, else each way once. */
function oneOf(given: readonly Json[]): Json {
  const distinct = [...new Map(given.map((schema) => [JSON.stringify(schema), schema])).values()];
  if (distinct.length === 1) return distinct[0] as Json;
  if (distinct.every((schema) => schema.type === 'string' && typeof schema.const === 'string'))
    return { type: 'string', enum: distinct.map((schema) => schema.const) };
  return { anyOf: distinct };
}
