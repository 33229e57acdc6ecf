// Signals to the guardian's script, in every shell that this machine has.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { ended, FakeInstallation, shells } from './fake-node.ts';

const SERVED_AND_KILLED = 'says serving 1; dies KILL';

const waits = (onSignal: string): string =>
  `trap '${onSignal}' TERM; printf ready; while :; do sleep 0.01; done`;
// What a shell starts in the background ignores SIGINT; a shell cannot change that, Node.js can.
const program = `
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      process.stdout.write(signal);
      if (signal === process.argv[2]) process.exit(6);
    });
  }
  setInterval(() => {}, 1000);
  process.stdout.write('ready');`;
const endsAt = (signal: NodeJS.Signals): string =>
  `says ended 6; exec "$REAL_NODE" -e "${program}" - ${signal}`;

for (const shell of shells) {
  describe(`${shell.name}:`, () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      test(`${signal} is handed to the runtime, whose end is the script's`, async (t) => {
        const installation = new FakeInstallation(t);
        const child = installation.start({ shell, lives: [endsAt(signal)] });
        const end = ended(child);
        await output(child);
        child.kill(signal);
        assert.equal((await end).exitCode, 6, (await end).stderr);
        assert.equal((await end).stdout, `ready${signal}`);
      });
    }

    test('a signal to a runtime that cannot hear it ends both', async (t) => {
      const installation = new FakeInstallation(t);
      const child = installation.start({ shell, lives: ['printf ready; exec sleep 60'] });
      const end = ended(child);
      await output(child);
      child.kill('SIGTERM');
      assert.equal((await end).exitCode, 143);
      assert.equal(installation.log.length, 1);
    });

    test('another signal is handed on, and the end is still waited for', async (t) => {
      const installation = new FakeInstallation(t);
      const child = installation.start({ shell, lives: [endsAt('SIGINT')] });
      const end = ended(child);
      await output(child);
      child.kill('SIGTERM');
      await output(child);
      child.kill('SIGINT');
      assert.equal((await end).exitCode, 6);
      assert.match((await end).stdout, /^ready(SIGTERM)+SIGINT$/);
    });

    test('a runtime that dies while it is told to stop is not started again', async (t) => {
      const installation = new FakeInstallation(t);
      const life = `says serving 1; ${waits('dies KILL')}`.replace('printf ready', 'kill "$PPID"');
      const end = await installation.run({ shell, lives: [life] });
      assert.equal(end.exitCode, 137);
      assert.equal(installation.log.length, 1);
    });

    test('the last death of many is no news to one who has told it to stop', async (t) => {
      const installation = new FakeInstallation(t);
      const dies = 'says serving 0; dies KILL';
      const lives = [dies, dies, `says serving 0; ${waits('dies KILL')}`];
      const stopped = lives.map((life) => life.replace('printf ready', 'kill "$PPID"'));
      const end = await installation.run({ shell, lives: stopped });
      assert.deepEqual({ code: end.exitCode, text: end.stderr }, { code: 137, text: '' });
      assert.equal(installation.log.length, 3);
    });

    test('a signal at any moment of the start ends the script, and leaves nobody', async (t) => {
      const installation = new FakeInstallation(t);
      for (let round = 0; round < 40; round += 1) {
        const child = installation.start({ shell, lives: ['exec sleep 60'] });
        const end = ended(child);
        const killAtMs = performance.now() + round / 10;
        while (performance.now() < killAtMs);
        child.kill('SIGTERM');
        const { exitCode, signal } = await end;
        assert.ok(signal === 'SIGTERM' || exitCode === 143, `${signal} ${exitCode}`);
      }
    });

    test('a signal at any moment between two lives ends the script, and leaves nobody', async (t) => {
      const installation = new FakeInstallation(t);
      for (let round = 0; round < 12; round += 1) {
        const child = installation.start({ shell, lives: [SERVED_AND_KILLED] });
        const end = ended(child);
        while (installation.log.length === 0) await wait(1);
        await wait(round);
        child.kill('SIGTERM');
        const { exitCode } = await end;
        assert.ok([137, 143].includes(exitCode ?? 0), `exit code ${exitCode}`);
        for (const { pid } of installation.log) {
          assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
        }
      }
    });
  });
}

async function output({ stdout }: ChildProcess): Promise<void> {
  assert.ok(stdout !== null);
  await once(stdout, 'data');
}
