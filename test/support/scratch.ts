import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const MEMORY = '/dev/shm';
const ENOUGH = 2 * 1024 ** 3;

/**
 * Where tests put what is gone after them: in memory where there is room. Thousands of objects each sync their own file, which makes a test a measurement of the disk;
 * what survives the death of a process survives it in memory too.
 */
export function scratch(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ENOUGH ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
