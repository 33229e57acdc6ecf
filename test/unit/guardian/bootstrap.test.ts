// The guardian's script, in every shell that this machine has.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { GUARDIAN_DEATHS_MAX, GUARDIAN_LIVES_MAX } from '../../../src/core/limits.ts';
import { FakeInstallation, SCRIPT, type Shell, shells } from './fake-node.ts';

const SERVED_AND_KILLED = 'says serving 1; dies KILL';

test('the script has the limits of the product', () => {
  const text = readFileSync(SCRIPT, 'utf8');
  assert.match(text, new RegExp(`^deaths_max=${GUARDIAN_DEATHS_MAX}$`, 'm'));
  assert.match(text, new RegExp(`^lives_max=${GUARDIAN_LIVES_MAX}$`, 'm'));
});

for (const shell of shells) {
  describe(`${shell.name}:`, () => {
    testEnds(shell);
    testDeaths(shell);
  });
}

function testEnds(shell: Shell): void {
  for (const exitCode of [0, 1, 2, 130]) {
    test(`a runtime that means to end with ${exitCode} ends the script with it`, async (t) => {
      const installation = new FakeInstallation(t);
      // What the process says counts, also when a stuck thread made it kill itself.
      for (const end of [`exit ${exitCode}`, 'dies KILL']) {
        const lives = [`says ended ${exitCode}; ${end}`];
        const result = await installation.run({ shell, lives });
        assert.deepEqual(result, { exitCode, signal: null, stdout: '', stderr: '' });
        assert.equal(installation.log.length, 1);
      }
    });
  }

  test('arguments, folder, input and both outputs are those of the script', async (t) => {
    const installation = new FakeInstallation(t);
    const life = 'read -r text; printf "out %s" "$text"; printf err >&2; says ended 0; exit 0';
    const args = ['app.handler', 'a b', '*'];
    const end = await installation.run({ shell, lives: [life], args, input: 'hello\n' });
    assert.deepEqual(end, { exitCode: 0, signal: null, stdout: 'out hello', stderr: 'err' });
    const [life1] = installation.log;
    assert.equal(life1?.cwd, installation.folder);
    assert.match(life1?.args.join(' ') ?? '', /dist\/src\/.*cli\.js start app\.handler a b \*$/);
  });

  test('the thread without a handler has a small young generation, unless it is told', async (t) => {
    const lives = ['says ended 0; exit 0'];
    const memory = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' };
    for (const [env, isSmall] of [
      [memory, true],
      [{ ...memory, NODE_OPTIONS: '--enable-source-maps' }, true],
      [{ ...memory, NODE_OPTIONS: '--max-semi-space-size=32' }, false],
      [{ ...memory, NODE_OPTIONS: '--max_semi_space_size=32' }, false],
      // The handler is on that thread; no thread has a limit of its own.
      [{ ...memory, BULKHEAD_ISOLATION: 'none' }, false],
      [{}, false],
    ] as const) {
      const installation = new FakeInstallation(t);
      await installation.run({ shell, lives, env });
      const [life] = installation.log;
      const isThere = life?.args.includes('--max-semi-space-size=8');
      assert.equal(isThere, isSmall, JSON.stringify(env));
    }
  });

  test('input and outputs may be closed', async (t) => {
    const installation = new FakeInstallation(t);
    const lives = [SERVED_AND_KILLED, 'says ended 7; exit 7'];
    for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-']) {
      const words = [...shell.command, installation.script].map((word) => `'${word}'`);
      writeFileSync(join(installation.folder, 'closed.sh'), `exec ${words.join(' ')} ${closed}`);
      const end = await installation.run({ shell, lives }, join(installation.folder, 'closed.sh'));
      assert.deepEqual(end, { exitCode: 7, signal: null, stdout: '', stderr: '' }, closed);
    }
  });

  test('an exit code before the runtime has begun is final', async (t) => {
    const installation = new FakeInstallation(t);
    for (const exitCode of [0, 1, 4, 9]) {
      const end = await installation.run({ shell, lives: [`exit ${exitCode}`] });
      assert.deepEqual(end, { exitCode, signal: null, stdout: '', stderr: '' });
      assert.equal(installation.log.length, 1);
    }
  });

  test('a Node.js that is not there ends the script', async (t) => {
    const installation = new FakeInstallation(t);
    const end = await installation.run({
      shell,
      lives: ['exit 0'],
      env: { NODE: '/nowhere/node' },
    });
    assert.equal(end.exitCode, 127);
    assert.match(end.stderr, /\/nowhere\/node/);
  });
}

function testDeaths(shell: Shell): void {
  const deaths: readonly { readonly fragment: string; readonly status: number }[] = [
    { fragment: 'dies SEGV', status: 139 },
    { fragment: 'dies ABRT', status: 134 },
    { fragment: 'dies KILL', status: 137 },
    { fragment: 'exit 0', status: 0 },
    { fragment: 'exit 7', status: 7 },
  ];
  for (const { fragment, status } of deaths) {
    test(`after "${fragment}" the runtime is started again and told of it`, async (t) => {
      const installation = new FakeInstallation(t);
      const lives = [`says serving 1; ${fragment}`, 'says ended 3; exit 3'];
      const end = await installation.run({ shell, lives, args: ['app.handler'] });
      assert.deepEqual(end, { exitCode: 3, signal: null, stdout: '', stderr: '' });
      const [first, second] = installation.log;
      const path = first?.journal.replace('9 0 - ', '');
      assert.ok(path?.startsWith(installation.temporary), first?.journal);
      assert.equal(second?.journal, `9 1 ${status} ${path}`);
      assert.deepEqual(second?.args, first?.args);
      assert.equal(second?.cwd, first?.cwd);
    });
  }

  test('a runtime that asks for a restart is started again', async (t) => {
    const installation = new FakeInstallation(t);
    const lives = ['says restart 1; dies KILL', 'says ended 0; exit 0'];
    const end = await installation.run({ shell, lives });
    assert.equal(end.exitCode, 0, end.stderr);
    assert.equal(installation.log.length, 2);
  });

  for (const state of ['starting 0', 'polled 0', 'serving 0', 'restart 0', undefined]) {
    test(`deaths at "${state ?? 'nothing'}" in a row end with one clear line`, async (t) => {
      const installation = new FakeInstallation(t);
      const life = `${state === undefined ? '' : `says ${state};`} dies SEGV`;
      const end = await installation.run({ shell, lives: [life] });
      assert.equal(end.exitCode, 139);
      const why = `has ended ${GUARDIAN_DEATHS_MAX} times in a row without an answered invocation`;
      const line = `bulkhead: Cannot go on: Node.js ${why}, at last with signal SEGV; `;
      assert.equal(end.stderr, `${line}the environment ends\n`);
      assert.equal(installation.log.length, GUARDIAN_DEATHS_MAX);
    });
  }

  test('exits that nobody meant end with a code that says failure', async (t) => {
    const installation = new FakeInstallation(t);
    const end = await installation.run({ shell, lives: ['says starting 0; exit 0'] });
    assert.equal(end.exitCode, 1);
    assert.match(end.stderr, /at last with exit code 1;/);
  });

  test('an answered invocation ends the row of deaths', async (t) => {
    const installation = new FakeInstallation(t);
    const dies = 'says serving 0; dies SEGV';
    const lives = [dies, dies, SERVED_AND_KILLED, dies, dies, 'says ended 0; exit 0'];
    const end = await installation.run({ shell, lives });
    assert.equal(end.exitCode, 0, end.stderr);
    assert.equal(installation.log.length, lives.length);
  });

  test('an environment has so many lives and no more', async (t) => {
    const installation = new FakeInstallation(t);
    const end = await installation.run({ shell, lives: [SERVED_AND_KILLED] });
    assert.equal(end.exitCode, 137);
    assert.match(end.stderr, new RegExp(`has ended ${GUARDIAN_LIVES_MAX} times in this`));
    assert.equal(installation.log.length, GUARDIAN_LIVES_MAX);
  });

  test('what a handler has written over the journal is no purposeful end', async (t) => {
    const installation = new FakeInstallation(t);
    for (const garbage of ['bulkhead 7 ended 0', 'ended 0', 'bulkhead', '* * *', '']) {
      const life = `printf '%-31s\\n' '${garbage}' >>"$path"; dies SEGV`;
      const end = await installation.run({ shell, lives: [life] });
      assert.equal(end.exitCode, 139, garbage);
      assert.equal(installation.log.length, GUARDIAN_DEATHS_MAX, garbage);
    }
  });

  test('a journal that somebody removes is a journal still', async (t) => {
    const installation = new FakeInstallation(t);
    // The process writes to what it has open; the guardian reads what it has open.
    const life = 'exec 7>>"$path"; rm "$path"; printf "%-31s\\n" "bulkhead 0 ended 5" >&7; exit 1';
    const end = await installation.run({ shell, lives: [life] });
    assert.equal(end.exitCode, 5, end.stderr);
  });

  test('a file of an earlier environment is left alone', async (t) => {
    const installation = new FakeInstallation(t);
    // The same process id again: the shell of the test becomes the script.
    const life = 'says ended 0; exit 0';
    const prepare = `printf 'bulkhead 0 ended 9\\n' >"$TMPDIR/bulkhead-$$-0.journal"`;
    const [program, ...args] = shell.command;
    const words = [program, ...args, installation.script].map((word) => `'${word}'`).join(' ');
    writeFileSync(join(installation.folder, 'again.sh'), `${prepare}; exec ${words} "$@"`);
    const script = join(installation.folder, 'again.sh');
    const end = await installation.run({ shell, lives: [life] }, script);
    assert.equal(end.exitCode, 0, end.stderr);
    assert.match(installation.log[0]?.journal ?? '', /-1\.journal$/);
  });
}
