import { z } from 'zod';
import { element } from './element.ts';
import type { Place } from './session.ts';

/** Of `GET /v1/sources`, what the choice of a partition needs. */
const Served = z.object({
  items: z.array(z.object({ topic: z.string(), partition: z.number(), status: z.object({ counts: z.object({ open: z.number() }) }).nullable() })),
});

const MOST = 1_000;

/**
 * Has the reader choose the partition that the page looks at: a key is in one of them. Filled anew whenever it is opened, with the windows open then; where the Worker does not say, the
 * present one stands alone.
 */
export function choosePartition(
  select: HTMLSelectElement,
  { place, wasAsked, go }: { readonly place: Place; readonly wasAsked: boolean; readonly go: (search: string) => void },
  send: typeof fetch = (...given) => fetch(...given),
): void {
  const here = searchOf(place);
  select.replaceChildren(element('option', { value: here, selected: '' }, `${place.topic}/${place.partition}`));
  select.addEventListener('change', () => {
    if (select.value !== here) go(select.value);
  });
  const fill = async () => {
    const items = await askServed(place.origin, send);
    const [first] = items;
    if (!items.some((item) => searchOf(item) === here)) {
      if (first !== undefined && !wasAsked) go(searchOf(first));
      return;
    }
    select.replaceChildren(
      ...items.map((item) => {
        const { topic, partition, status } = item;
        const open = status?.counts.open ?? 0;
        const chosen = searchOf(item) === here ? { selected: '' } : {};
        return element(
          'option',
          { value: searchOf(item), ...chosen },
          `${topic}/${partition}${open > 0 ? ` · ${open.toLocaleString('en')} open` : ''}`,
        );
      }),
    );
  };
  select.addEventListener('pointerdown', () => void fill());
  void fill();
}

async function askServed(origin: string, send: typeof fetch): Promise<z.infer<typeof Served>['items']> {
  try {
    const answer = await send(`${origin}/v1/sources?limit=${MOST}`, { cache: 'no-store' });
    return answer.ok ? (Served.safeParse(await answer.json()).data?.items ?? []) : [];
  } catch {
    return [];
  }
}

function searchOf({ topic, partition }: Pick<Place, 'topic' | 'partition'>): string {
  return `?${new URLSearchParams({ topic, partition: String(partition) })}`;
}
