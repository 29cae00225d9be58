import { filter, map, mergeMap, type OperatorFunction, pipe } from 'rxjs';
import type { Stateless } from '../topology.ts';

/**
 * The operators that may stand before and after the windows of a topology (D7): each item alone says what becomes of it. So none gives its function an index, and
 * none waits. They are ordinary RxJS operators, of use in any pipe; a function that throws ends that pipe, but in a topology rejects the one item (R7).
 *
 * ```text
 *                          -a---b---c---|
 * map(upper)               -A---B---C---|
 * filter(isNotB)           -a-------c---|
 * flatMap((x) => [x, x])   -(aa)(bb)(cc)|
 * ```
 */
export const stateless = Object.freeze({ map: mapEach, filter: filterEach, flatMap: flatMapEach, pipe: pipeEach });

/** Gives what `project` makes of each item. */
function mapEach<In, Out>(project: (item: In) => Out): Stateless<In, Out> {
  return made(map((item) => project(item)));
}

/** Lets through what `predicate` holds for. */
function filterEach<In, Out extends In>(predicate: (item: In) => item is Out): Stateless<In, Out>;
function filterEach<In>(predicate: (item: In) => boolean): Stateless<In, In>;
function filterEach<In>(predicate: (item: In) => boolean): Stateless<In, In> {
  return made(filter((item) => predicate(item)));
}

/** Gives whatever `project` lists for each item: nothing, one, several. */
function flatMapEach<In, Out>(project: (item: In) => Iterable<Out>): Stateless<In, Out> {
  return made(mergeMap((item) => [...project(item)]));
}

/** One after the other. */
function pipeEach<A, B, C>(first: Stateless<A, B>, second: Stateless<B, C>): Stateless<A, C>;
function pipeEach<A, B, C, D>(first: Stateless<A, B>, second: Stateless<B, C>, third: Stateless<C, D>): Stateless<A, D>;
function pipeEach<A, B, C, D, E>(first: Stateless<A, B>, second: Stateless<B, C>, third: Stateless<C, D>, fourth: Stateless<D, E>): Stateless<A, E>;
function pipeEach<T>(...operators: Stateless<T, T>[]): Stateless<T, T>;
function pipeEach<T>(...operators: Stateless<T, T>[]): Stateless<T, T> {
  return made(operators.reduce<OperatorFunction<T, T>>((all, one) => pipe(all, one), pipe()));
}

/** The one place that says of an operator that it keeps nothing. */
function made<In, Out>(operator: OperatorFunction<In, Out>): Stateless<In, Out> {
  return operator as Stateless<In, Out>;
}
