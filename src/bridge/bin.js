#!/usr/bin/env node
// Plain JavaScript that any Node can read: it says which one is needed before anything newer is loaded.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `oriel needs Node 22.22 or later; this is ${process.versions.node}. In a checkout, npm run oriel and npx oriel bring their own.\n`,
  );
  process.exit(2);
}
await import('./main.ts');
