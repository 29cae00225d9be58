import { q5 } from './q5.ts';
import { q7 } from './q7.ts';
import { q8 } from './q8.ts';
import { q11 } from './q11.ts';
import { q12 } from './q12.ts';
import type { Answering, Query, Tell } from './query.ts';

export const QUERIES = { q5, q7, q8, q11, q12 } as const;
export type Name = keyof typeof QUERIES;
export const NAMES = Object.keys(QUERIES) as Name[];

export type Answers = (name: Name, tell: Tell) => Answering;

export const answers: Answers = (name, tell) => (QUERIES[name] as Query).byHand(tell);
