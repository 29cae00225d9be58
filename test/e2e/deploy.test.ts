import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../support/source.ts';

it('npm run deploy: wrangler bundles the Worker with its objects and its page, with no account and no network', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oriel-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const nowhere = 'http://127.0.0.1:9';
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '--outdir', join(folder, 'out')],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        CI: 'true',
        NO_COLOR: '1',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_LOG_PATH: folder,
        HTTPS_PROXY: nowhere,
        HTTP_PROXY: nowhere,
      },
      timeout: 50_000,
    },
  );
  for (const binding of ['env.PARTITION (Partition)', 'env.CUSTOMER (Customer)', 'env.ASSETS']) expect(stdout + stderr).toContain(binding);
  expect(readFileSync(join(folder, 'out/index.js'), 'utf8')).toMatch(/export \{[^}]*\bPartition\b/s);
});
