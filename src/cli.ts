#!/usr/bin/env node
// The command `bulkhead`. `start` is on the path of every cold start: it loads the runtime and
// nothing else. This file keeps to syntax that an old Node can read, so that it can say so.

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
  // What is built starts from one bundled file: fewer files to find and read at a cold start.
  const runtime = import.meta.url.endsWith('.ts') ? './main.ts' : '../bootstrap/src/main.js';
  const { runRuntime } = (await import(runtime)) as typeof import('./main.ts');
  await runRuntime({ handler, env: process.env });
} else {
  const { runCommand } = await import('./cli/run-command.ts');
  process.exitCode = await runCommand(args);
}
