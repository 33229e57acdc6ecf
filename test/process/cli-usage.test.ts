import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { CLI, makeFolder, PROJECT, runCli } from './cli-process.ts';

test('--version prints the version of the package', async () => {
  const manifest = await readFile(join(PROJECT, 'package.json'), 'utf8');

  const end = await runCli(['--version']);

  assert.equal(end.stdout, `${(JSON.parse(manifest) as { version: string }).version}\n`);
  assert.equal(end.exitCode, 0);
});

test('help goes to stdout when it was asked for, else to stderr with exit code 2', async () => {
  const asked = await runCli(['--help']);
  const unasked = await runCli([]);
  const command = await runCli(['invoke', '--help']);

  assert.equal(asked.exitCode, 0);
  assert.match(asked.stdout, /^Usage: bulkhead <command>/m);
  assert.deepEqual([unasked.exitCode, unasked.stdout], [2, '']);
  assert.match(unasked.stderr, /^Usage: bulkhead <command>/m);
  assert.match(command.stdout, /^Usage: bulkhead invoke HANDLER/);
});

test('what cannot be run is refused with exit code 2', async () => {
  const rows: [string[], RegExp][] = [
    [
      ['serve'],
      /^bulkhead: Cannot run "serve": .* the commands are start, dev, invoke, warm, bench$/m,
    ],
    [['dev'], /^bulkhead: Cannot run "bulkhead dev": no handler is given/m],
    [['start', 'a.b', 'c.d'], /^bulkhead: Cannot use "c\.d": "bulkhead start" takes one handler/m],
    [['start', '--standby', '1'], /^bulkhead: Cannot use "--standby": "bulkhead start" has no/m],
    [['start', 'app.handler'], /^bulkhead: Cannot start: AWS_LAMBDA_RUNTIME_API is not set/m],
  ];
  for (const [args, message] of rows) {
    const end = await runCli(args);
    assert.deepEqual([end.exitCode, end.stdout], [2, ''], args.join(' '));
    assert.match(end.stderr, message);
  }
});

test('a Node.js that is too old is told so before anything else is loaded', async (t) => {
  const folder = await makeFolder(t, {
    'old.mjs': "Object.defineProperty(process, 'versions', { value: { node: '22.18.9' } });",
  });

  const end = await runCli(['start'], {
    nodeArgs: ['--import', `file://${join(folder, 'old.mjs')}`],
  });

  assert.equal(end.exitCode, 4);
  assert.match(end.stderr, /^bulkhead: Cannot run on Node\.js 22\.18\.9: version 22\.19 or newer/m);
});

test('a healthy start loads the runtime, none of the commands, no logger', async (t) => {
  const root = await makeFolder(t, {
    'app.mjs': 'export const handler = () => 1;',
    'record.mjs': `
      import { appendFileSync } from 'node:fs';
      import { registerHooks } from 'node:module';
      registerHooks({
        load(url, context, next) {
          appendFileSync('loaded.txt', url + '\\n');
          return next(url, context);
        },
      });`,
  });
  const hook = `file://${join(root, 'record.mjs')}`;

  const emulator = await Emulator.start({
    root,
    command: [process.execPath, '--import', hook, CLI, 'start', 'app.handler'],
    onLog: () => {},
  });
  const { payload } = await emulator.invoke({});
  await emulator.waitForPoll();
  const loaded = await readFile(join(root, 'loaded.txt'), 'utf8');
  await emulator.close();

  assert.equal(payload, 1);
  assert.match(loaded, /\/src\/main\.ts$/m);
  assert.doesNotMatch(loaded, /\/src\/(cli|emulator)\/|\/node_modules\/(pino|prom-client)\//);
});
