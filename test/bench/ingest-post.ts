import type { EventLine } from '../support/events.ts';
import { TOKENS } from './ingest-host.ts';

const CONCURRENT_POSTS = 20;

/** Posts events over HTTP, a request each. @throws where one is refused. */
export async function post(url: string, events: readonly EventLine[]): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let event = events[next++]; event !== undefined; event = events[next++]) {
      // A connection that was kept may have been closed in the meantime; the event's id makes it safe to post it again.
      const told = await postOne(url, event).catch(() => postOne(url, event as EventLine));
      if (!/"(folded|duplicate|late)"/.test(told)) throw new Error(`An event was refused: ${told}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_POSTS }, work));
}

async function postOne(url: string, { key, timestamp, value }: EventLine): Promise<string> {
  const answer = await fetch(`${url}/v1/customers/${key}/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKENS.ORIEL_INGEST_TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: `${value.type}-${key}`, timestamp, ...value }),
  });
  return answer.text();
}
