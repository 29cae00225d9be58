import { spawn } from 'node:child_process';
import { run } from './broker/jars.ts';

/** Whether kcat, the command-line client of librdkafka, runs here. */
export async function hasKcat(): Promise<boolean> {
  return run('kcat', ['-V'], 10_000).then(
    () => true,
    () => false,
  );
}

/** Runs kcat at some brokers to its end, with `input` as its stdin, and gives what it prints. */
export function kcat(brokers: readonly string[], flags: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('kcat', ['-b', brokers.join(','), '-q', ...flags], { timeout: 30_000, stdio: 'pipe' });
    let [printed, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(printed);
      else reject(new Error(`kcat ended with ${signal ?? code}. ${said}`));
    });
    child.stdin.end(input);
  });
}
