/**
 * In place of a Worker, in a process of its own: acknowledges at once until so many records have come. `node kafka-stand-in.ts COUNT`, with an IPC channel; says its address, that the
 * first record is there, and how many seconds there were from it to the last.
 */
import { ReadyWorker } from '../support/ready-worker.ts';

const count = Number(process.argv[2]);
let records = 0;
let firstAt = 0;

const worker = await ReadyWorker.start({
  onData: (_, data) => {
    if (records === 0) {
      firstAt = performance.now();
      process.send?.({ t: 'first' });
    }
    records += data.records.length;
    if (records >= count) process.send?.({ t: 'last', records, seconds: (performance.now() - firstAt) / 1_000 });
  },
});
process.on('disconnect', () => process.exit(0));
process.send?.({ t: 'url', url: worker.url });
