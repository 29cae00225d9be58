/**
 * Loaded before a child's own code (`node --import`): ends the child when the process that started it is gone, however that ended. The IPC
 * channel between them is the tether; it keeps no process alive by itself. SIGTERM first, so that the child can close what it holds; then the end.
 */
const GRACE_MS = 5_000;

process.on('disconnect', () => {
  setTimeout(() => process.exit(1), GRACE_MS).unref();
  process.kill(process.pid, 'SIGTERM');
});
process.channel?.unref();
