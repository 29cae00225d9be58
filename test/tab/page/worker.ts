import { openTab } from '../../../src/tab.ts';
import { ticks, word } from '../tabs.ts';

const tab = openTab(ticks(), { name: 'in-a-worker' });
tab.status$.subscribe(({ role, durability }) => postMessage(['status', role, durability?.kind]));
tab.outputs$.subscribe((output) => postMessage(['told', word(output)]));
tab.windows$.subscribe((windows) => postMessage(['open', windows.length]));
addEventListener('message', ({ data }) => {
  if (data === 'close') void tab.close().then(() => postMessage(['closed']));
  else void tab.send(data).then(({ kind }) => postMessage(['answer', kind]));
});
