import type { EventLine } from '../support/events.ts';
import { TOKENS } from './ingest-host.ts';

const CONCURRENT_POSTS = 20;

/** Posts events over HTTP, a request each. @throws where one is not folded. */
export async function post(url: string, events: readonly EventLine[]): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let event = events[next++]; event !== undefined; event = events[next++]) {
      const { key, timestamp, value } = event;
      const answer = await fetch(`${url}/v1/customers/${key}/events`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${TOKENS.ORIEL_INGEST_TOKEN}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ id: `${value.type}-${key}`, timestamp, ...value }),
      });
      const told = await answer.text();
      if (!told.includes('folded')) throw new Error(`${answer.status} ${told}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_POSTS }, work));
}
