import type { z } from 'zod';
import { OrielError } from '../src/core/errors.ts';
import type { WorkerSettings } from '../src/settings.ts';
import type { Caller } from './auth.ts';
import type { Bindings } from './bindings.ts';
import type { ProblemStatus } from './problem.ts';
import type { Right } from './rights.ts';

/** One answer of a route that is no problem. */
export interface Answer {
  readonly description: string;
  /** Of a JSON body; it stands in `components` of `schemas.ts`. */
  readonly json?: z.ZodType;
  /** The media type of a body that is no JSON. */
  readonly media?: string;
}

/** A route as data: the app serves it and the OpenAPI document describes it, both from here, so that they cannot drift apart. */
export interface Route<Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST';
  /** Parameters in braces, of the names in `parameters.ts`. */
  readonly path: `/${string}`;
  /** Its name in the document. */
  readonly id: string;
  readonly summary: string;
  /** What the caller must be allowed; `null`: anybody, without a token. */
  readonly right: Right | null;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answers: Readonly<Record<number, Answer>>;
  /** The topology that it is about; with another one it is not served. */
  readonly topology?: string;
  /** Problems beside those that every route of its kind has. */
  readonly problems?: readonly ProblemStatus[];
  handle(call: Call<Query, Body>): Response | Promise<Response>;
}

/** A request that has passed what stands before its route: origin, token and right. What it says is checked where its route asks for it, so that what it names comes first. */
export interface Call<Query = unknown, Body = unknown> {
  readonly request: Request;
  readonly env: Bindings;
  readonly settings: WorkerSettings;
  readonly caller: Caller;
  /** Processing time, ms. */
  readonly now: number;
  /** The path's parameters, percent-decoded; `undefined` for one that is no UTF-8. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** @throws OrielError `SCHEMA`. */
  query(): Query;
  /** @throws OrielError `TOO_LARGE` above 1 MiB, `SCHEMA`. */
  body(): Promise<Body>;
}

/** Infers a route's types and forgets them, for the table. */
export function route<Query, Body>(given: Route<Query, Body>): Route {
  return given;
}

/** Whether a route is there with a topology. */
export function isServed({ topology }: Pick<Route, 'topology'>, served: { readonly name: string }): boolean {
  return topology === undefined || topology === served.name;
}

/** What a schema makes of something given. @throws OrielError `SCHEMA`, naming the place that is wrong. */
export function checked<Value>(schema: z.ZodType<Value>, given: unknown, what: string): Value {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { path, message } = furthest(parsed.error.issues);
  throw new OrielError('SCHEMA', `The ${what} is wrong at /${path.join('/')}: ${message}.`);
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** How likely it is the fault that was meant: of a union's branches, the one that got furthest before it. */
  readonly rank: number;
}

function furthest(issues: readonly z.core.$ZodIssue[]): Fault {
  const faults = issues.flatMap((issue): Fault[] => {
    const { path, message } = issue;
    if (issue.code !== 'invalid_union' || issue.errors.length === 0)
      return [{ path, message, rank: 2 * path.length + (issue.code === 'invalid_type' ? 0 : 1) }];
    return issue.errors.map(furthest).map((inner) => ({ ...inner, path: [...path, ...inner.path], rank: inner.rank + 2 * path.length }));
  });
  return faults.reduce((best, fault) => (fault.rank > best.rank ? fault : best), faults[0] ?? { path: [], message: 'invalid', rank: 0 });
}
