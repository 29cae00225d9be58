import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/**
 * The parent of one broker: `node tether.ts FOLDER COMMAND FLAG...` starts the command, tells its process id and its end over IPC, and ends with it.
 * When the process at the other end of the channel is gone, however that ended, it kills the broker and removes its folder: java cannot watch for that itself.
 */
const [folder = '', command = '', ...flags] = process.argv.slice(2);
const child = spawn(command, flags, { stdio: ['ignore', 'inherit', 'inherit'] });

let isAlone = false;

child.on('spawn', () => process.send?.({ pid: child.pid }));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('exit', (code) => {
  if (isAlone) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code ?? 1);
});
process.on('disconnect', () => {
  isAlone = true;
  child.kill('SIGKILL');
});
/** What ends a whole process group is meant for the tests; the broker ends with them. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
