/** Where the pipeline runs that the page shows. */
export type Mode = 'tab' | 'objects';

/** The mode that an address opens: `?in=objects`, or one that names a topic or a partition, shows the Worker's; any other runs in the tab. */
export function modeOf(search: string): Mode {
  const query = new URLSearchParams(search);
  const asked = query.get('in');
  if (asked === 'objects') return 'objects';
  return asked !== 'tab' && (query.has('topic') || query.has('partition')) ? 'objects' : 'tab';
}

/** The query of an address in which only the Worker's live view is asked for. */
export const OBJECTS_SEARCH = '?in=objects';
