// An Init that fails later than the first one costs what it must and no more: the handler of these
// tests loads once in the life of its environment.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';

describe('a handler that loads only once', { concurrency: 2 }, () => {
  test('is served as long as its one worker lives, whatever becomes of the standby', async (t) => {
    const { emulator, child } = await startOnce(t, '1');
    const failed = (): number =>
      child.events.filter(({ event }) => event === 'worker_start_failed').length;
    for (let tries = 1; tries <= 3; tries += 1) {
      await child.until(() => failed() >= tries);
      const { payload } = await emulator.invoke({ ok: true });
      assert.deepEqual(payload, { pid: child.child.pid });
    }
    child.child.kill('SIGTERM');

    assert.equal((await child.ended).exitCode, 0, child.text);
    assert.ok(!emulator.exchanges.some(({ endpoint }) => endpoint === 'initError'));
  });

  // The pauses between the starts add up: about 22 s.
  test('is given up with one clear message when no other worker can be had', async (context) => {
    const { emulator, child } = await startOnce(context, '0');
    const crashed = await emulator.invoke({});
    // Whether the next event comes before or after the last attempt, it is not left unanswered.
    const { exitCode } = await child.ended;

    assert.equal((crashed.payload as { errorType: string }).errorType, 'Runtime.ExitError');
    assert.equal(exitCode, 1, child.text);
    const stops = child.events.filter(({ event }) => event === 'stopped');
    assert.equal(stops.length, 1);
    assert.equal(
      stops[0]?.['reason'],
      'No worker can be started any more: the handler fails at each start',
    );
    assert.deepEqual(
      [stops[0]?.['error_type'], stops[0]?.['error_message']],
      ['Error', 'second start'],
    );
    assert.ok(!emulator.exchanges.some(({ endpoint }) => endpoint === 'initError'));
  });
});

type Started = { readonly emulator: Emulator; readonly child: RuntimeChild };

async function startOnce(context: TestContext, standby: string): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-once-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const emulator = await Emulator.start({ timeoutMs: 60_000, onLog: () => {} });
  context.after(() => emulator.close());
  const handler = 'fails-second-start.handler';
  const env = { BULKHEAD_STANDBY: standby, FIRST_START_FILE: join(folder, 'started') };
  const { runtimeApi } = emulator;
  const child = new RuntimeChild(context, { handler, runtimeApi, env });
  await Promise.race([emulator.waitForPoll(), child.failure()]);
  return { emulator, child };
}
