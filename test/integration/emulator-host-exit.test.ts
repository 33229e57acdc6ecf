// However the host ends, its runtime ends with it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';

import { assertGone, isAlive } from '../unit/emulator/support/managed-script.ts';

for (const end of ['exit', 'throw', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`no runtime outlives a host that ends by ${end}`, async () => {
    const emulatorUrl = new URL('../../src/emulator/emulator.ts', import.meta.url).href;
    const program = `
      const { Emulator } = await import(${JSON.stringify(emulatorUrl)});
      const emulator = await Emulator.start({
        command: ${JSON.stringify([process.execPath, '-e', 'setInterval(() => {}, 1000)'])},
      });
      console.log(emulator.runtimePid);
      process.stdin.once('data', () => {
        if (${JSON.stringify(end)} === 'exit') process.exit(0);
        throw new Error('the host fails');
      });
    `;
    const host = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const exited = new Promise((resolve) => host.once('exit', (_, signal) => resolve(signal)));
    const pid = Number(await new Promise((resolve) => host.stdout.once('data', resolve)));
    assert.ok(isAlive(pid));

    if (end.startsWith('SIG')) host.kill(end as NodeJS.Signals);
    else host.stdin.write('go\n');

    assert.equal(await exited, end.startsWith('SIG') ? end : null);
    await assertGone(pid);
  });
}
