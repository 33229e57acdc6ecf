#!/usr/bin/env node
// The command `bulkhead`. `start` is on the path of every cold start: it loads the runtime and
// nothing else. This file keeps to syntax that an old Node can read, so that it can say so.

import { createRequire } from 'node:module';

const args = process.argv.slice(2);
const [command, handler] = args;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `bulkhead: Cannot run on Node.js ${process.versions.node}: ` +
      'version 22.19 or newer is needed',
  );
  process.exitCode = 4;
} else if (command === 'start' && args.length <= 2 && !(handler ?? '').startsWith('-')) {
  const { runRuntime } = await loadRuntime();
  await runRuntime({ handler, env: process.env });
} else {
  const { runCommand } = await import('./cli/run-command.ts');
  process.exitCode = await runCommand(args);
}

/** What is built starts from bundles (docs/adr/0007-bundle-for-the-start.md). */
async function loadRuntime(): Promise<typeof import('./main.ts')> {
  const { url } = import.meta;
  const built = '../bootstrap/src/main.cjs';
  return url.endsWith('.ts') ? import('./main.ts') : createRequire(url)(built);
}
