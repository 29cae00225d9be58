import { element } from '../element.ts';
import type { Replayed } from '../lab/replay.ts';
import type { Tone } from '../words.ts';

/** Gives the reader a text as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
  const link = element('a', { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

export interface Said {
  readonly text: string;
  readonly tone: Tone;
}

/** Both hashes, and whether they are the same. */
export function replayWords({ hash, expected, same, outcomes }: Replayed, name: string): Said {
  const count = outcomes === 1 ? '1 outcome' : `${outcomes.toLocaleString('en')} outcomes`;
  return same
    ? { text: `${name}: the same ${count}. Both hashes are ${hash}.`, tone: 'good' }
    : { text: `${name}: not the same outcomes. The file says ${expected}, the replay gave ${hash}.`, tone: 'bad' };
}

/** Has the reader choose a file; `onText` is given its name and text. */
export function fileChooser(onText: (name: string, text: string) => void): () => void {
  const input = element('input', {
    type: 'file',
    id: 'log-file',
    accept: '.ndjson,.jsonl,.txt',
    hidden: '',
  });
  document.body.append(input);
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    input.value = '';
    if (file !== undefined) file.text().then((text) => onText(file.name, text));
  });
  return () => input.click();
}
