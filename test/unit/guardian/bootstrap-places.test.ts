// Where the guardian's script finds the runtime, and its settings, in every shell there is.
import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { ended, FakeInstallation, SCRIPT, shells } from './fake-node.ts';

for (const shell of shells) {
  describe(`${shell.name}:`, () => {
    const lives = ['says ended 0; exit 0'];

    test('the runtime is found from node_modules/.bin', async (t) => {
      const installation = new FakeInstallation(t);
      const { folder } = installation;
      mkdirSync(join(folder, 'app/node_modules/.bin'), { recursive: true });
      symlinkSync('../..', join(folder, 'app/node_modules/lambda-bulkhead'));
      const link = join(folder, 'app/node_modules/.bin/bulkhead-bootstrap');
      symlinkSync('../lambda-bulkhead/dist/src/guardian/bootstrap.sh', link);
      const end = await installation.run({ shell, lives }, link);
      assert.equal(end.exitCode, 0, end.stderr);
      const relative = 'app/node_modules/.bin/bulkhead-bootstrap';
      assert.equal((await installation.run({ shell, lives }, relative)).exitCode, 0);
    });

    test('the runtime is found beside a copy, in the task root and through a link', async (t) => {
      const installation = new FakeInstallation(t);
      const { folder } = installation;
      mkdirSync(join(folder, 'task/node_modules'), { recursive: true });
      symlinkSync('../..', join(folder, 'task/node_modules/lambda-bulkhead'));
      cpSync(SCRIPT, join(folder, 'task/bootstrap'));
      const copy = await installation.run({ shell, lives }, 'task/bootstrap');
      assert.equal(copy.exitCode, 0, copy.stderr);

      mkdirSync(join(folder, 'runtime'));
      // A program of the user's of that name is not the runtime.
      writeFileSync(join(folder, 'cli.js'), '');
      symlinkSync(SCRIPT, join(folder, 'runtime/bootstrap'));
      const env = { LAMBDA_TASK_ROOT: join(folder, 'task') };
      const linked = await installation.run({ shell, lives, env }, 'runtime/bootstrap');
      assert.equal(linked.exitCode, 0, linked.stderr);
      assert.match(installation.log[0]?.args[0] ?? '', /bulkhead$/);
      assert.match(installation.log[0]?.args.join(' ') ?? '', /task\/node_modules/);
    });

    test('the runtime is found when the script is named by a word alone', async (t) => {
      const installation = new FakeInstallation(t);
      cpSync(SCRIPT, join(installation.folder, 'bootstrap'));
      mkdirSync(join(installation.folder, 'node_modules'));
      symlinkSync('..', join(installation.folder, 'node_modules/lambda-bulkhead'));
      const end = await installation.run({ shell, lives }, 'bootstrap');
      assert.equal(end.exitCode, 0, end.stderr);
    });

    test('a runtime that is nowhere is an error that says what to do', async (t) => {
      const installation = new FakeInstallation(t);
      mkdirSync(join(installation.folder, 'elsewhere'));
      cpSync(SCRIPT, join(installation.folder, 'elsewhere/bootstrap'));
      const end = await installation.run({ shell, lives }, 'elsewhere/bootstrap');
      assert.equal(end.exitCode, 2);
      assert.match(end.stderr, /^bulkhead: Cannot start: lambda-bulkhead is not where elsewhere/);
      assert.match(end.stderr, /copy it next to node_modules\n$/);
      assert.equal(installation.log.length, 0);
    });

    test('switched off, the script becomes the runtime', async (t) => {
      const installation = new FakeInstallation(t);
      const env = { BULKHEAD_GUARDIAN: 'off', BULKHEAD_JOURNAL: '9 0 - /stale' };
      const child = installation.start({ shell, lives: ['dies SEGV'], env, args: ['app.handler'] });
      const end = await ended(child);
      assert.equal(end.signal, 'SIGSEGV');
      const [life] = installation.log;
      assert.equal(life?.pid, child.pid);
      assert.equal(life?.journal, '');
      assert.match(life?.args.join(' ') ?? '', /cli\.js start app\.handler$/);
    });

    test('any other value is refused', async (t) => {
      const installation = new FakeInstallation(t);
      const env = { BULKHEAD_GUARDIAN: 'maybe' };
      const end = await installation.run({ shell, lives: ['exit 0'], env });
      assert.equal(end.exitCode, 2);
      const why = 'Cannot use BULKHEAD_GUARDIAN="maybe": it accepts "on" or "off"';
      assert.equal(end.stderr, `bulkhead: ${why}\n`);
      assert.equal(installation.log.length, 0);
    });

    test('without a place for the journal the runtime runs unguarded, and a line says so', async (t) => {
      const installation = new FakeInstallation(t);
      const env = { TMPDIR: join(installation.folder, 'missing') };
      const end = await installation.run({ shell, lives: ['exit 5'], env });
      assert.equal(end.exitCode, 5);
      assert.match(end.stderr, /^bulkhead: Cannot guard the runtime: no file can be made in .*\n$/);
      assert.equal(installation.log[0]?.journal, '');
    });

    test('a folder for temporary files that nobody may write to is no such place', async (t) => {
      const installation = new FakeInstallation(t);
      chmodSync(installation.temporary, 0o755);
      rmSync(installation.temporary, { recursive: true });
      writeFileSync(installation.temporary, 'a file');
      const end = await installation.run({ shell, lives: ['exit 5'] });
      assert.equal(end.exitCode, 5);
      assert.equal(readdirSync(installation.folder).includes('journal'), false);
    });
  });
}
