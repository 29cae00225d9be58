import about from '../package.json' with { type: 'json' };
import { partitionObject } from './parameters.ts';
import { route } from './route.ts';
import { DeadLetterPage, OutcomePage, Released, SeqQuery, ServedQuery, Source, SourcePage, WindowPage, WindowQuery } from './schemas.ts';
import { askServed } from './served.ts';
import { servedTopology } from './topology.ts';

export const partitionRoutes = [
  route({
    method: 'GET',
    path: '/v1/windows/{topic}/{partition}',
    id: 'listWindows',
    summary: 'The open windows of a partition',
    right: 'read',
    query: WindowQuery,
    answers: { 200: { description: 'A page of windows.', json: WindowPage } },
    async handle(call) {
      return Response.json(await partitionObject(call).windows(call.query()));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/outcomes/{topic}/{partition}',
    id: 'listOutcomes',
    summary: 'The outcomes of a partition in their order, kept for the retention',
    right: 'read',
    query: SeqQuery,
    answers: { 200: { description: 'A page of outcomes.', json: OutcomePage } },
    async handle(call) {
      return Response.json(await partitionObject(call).outcomes(call.query()));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/dead-letters/{topic}/{partition}',
    id: 'listDeadLetters',
    summary: 'The records of a partition that were refused, and why',
    right: 'read',
    query: SeqQuery,
    answers: { 200: { description: 'A page of dead letters.', json: DeadLetterPage } },
    async handle(call) {
      return Response.json(await partitionObject(call).deadLetters(call.query()));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/sources',
    id: 'listSources',
    summary: 'Every served partition and where it stands, and what runs here',
    right: 'read',
    query: ServedQuery,
    answers: { 200: { description: 'A page of partitions.', json: SourcePage } },
    async handle(call) {
      const { limit, after } = call.query();
      const { ORIEL_TOPIC: topics, ORIEL_PARTITIONS: count } = call.settings;
      const { name, version } = servedTopology(call.env).topology;
      const end = after + limit;
      const items = await askServed(call, after, end);
      return Response.json({ version: about.version, topology: { name, version }, items, next: end < topics.length * count ? String(end) : null });
    },
  }),
  route({
    method: 'GET',
    path: '/v1/sources/{topic}/{partition}',
    id: 'getSource',
    summary: 'Where a partition and its source stand',
    right: 'read',
    answers: { 200: { description: 'The status.', json: Source } },
    async handle(call) {
      return Response.json(await partitionObject(call).status());
    },
  }),
  route({
    method: 'POST',
    path: '/v1/sources/{topic}/{partition}/release',
    id: 'releaseHolds',
    summary: 'Close every held window of a partition now, as its operator',
    right: 'operate',
    answers: { 200: { description: 'The holds are released.', json: Released } },
    async handle(call) {
      return Response.json(await partitionObject(call).release());
    },
  }),
  route({
    method: 'POST',
    path: '/v1/sources/{topic}/{partition}/reset',
    id: 'resetSource',
    summary: 'Accept whichever log connects next to a partition',
    right: 'operate',
    answers: { 204: { description: 'The next log is accepted.' } },
    async handle(call) {
      await partitionObject(call).reset();
      return new Response(null, { status: 204 });
    },
  }),
];
