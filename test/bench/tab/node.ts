/** `node node.ts KEYS COUNT`, with an IPC channel: answers rounds, as the page does. */
import { engineRounds } from './engine.ts';

const [keys = '', count = ''] = process.argv.slice(2);
const round = engineRounds(Number(keys), Number(count));
process.on('message', () => process.send?.(round()));
process.send?.('ready');
