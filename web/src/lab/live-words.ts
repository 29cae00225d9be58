import type { LiveLate } from '../../../src/client.ts';
import type { Late, Rejected } from '../../../src/core/result.ts';

/** A record that ended late or rejected, as a viewer of a Worker sees it. */
export function liveLateOf(ended: Late | Rejected): LiveLate {
  const { code, record } = ended;
  const at = { key: record?.key ?? null, timestamp: record?.timestamp ?? null };
  if ('message' in ended) return { code, message: ended.message, ...at };
  const { afterEnd, afterClose } = ended;
  return {
    code,
    message: lateMessage(ended),
    ...at,
    ...(afterEnd === undefined ? {} : { afterEnd }),
    ...(afterClose === undefined ? {} : { afterClose }),
  };
}

function lateMessage({ code, window, afterEnd, afterClose }: Late): string {
  if (window === undefined)
    return code === 'NO_WINDOW' ? 'No window is remembered that it could belong to.' : 'Its window would already be closed, or overlap a later one.';
  return `Its window closed by ${window.closedBy}; the record is ${afterEnd} ms past its end and came ${afterClose} ms past its closing.`;
}
