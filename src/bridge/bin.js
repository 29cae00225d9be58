#!/usr/bin/env node
// Plain JavaScript that any Node can read: it says what is missing before anything newer is loaded.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `oriel needs Node 22.22 or later; this is ${process.versions.node}. In a checkout, npm run oriel and npx oriel bring their own.\n`,
  );
  process.exit(2);
}

// Optional peers of the package: who has it for a browser does without them.
const missing = ['@platformatic/kafka', 'commander', 'prom-client', 'ws'].filter((name) => {
  try {
    import.meta.resolve(name);
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0) {
  process.stderr.write(`oriel bridge needs packages that are not installed; install them beside oriel: npm install ${missing.join(' ')}\n`);
  process.exit(2);
}

// A checkout has the sources, which Node runs as they are but for below node_modules; the published package has what is built of them.
const source = new URL('./main.ts', import.meta.url);
await import(existsSync(source) ? source.href : '../../dist/lib/bridge/main.js');
