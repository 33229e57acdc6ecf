// When workers are replaced no more, and that a healthy one is never given up for a sick one.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LogEntry } from '../../src/emulator/emulator.ts';
import { startFunction } from '../support/start-function.ts';
import { until } from '../support/until.ts';

function count(log: readonly LogEntry[], event: string): number {
  return log.filter(({ line }) => line.includes(`"event":"${event}"`)).length;
}

test('workers that keep dying between invocations end the service with one message', async (context) => {
  const { emulator, log } = await startFunction(context, 'dies-idle.handler', {
    env: { BULKHEAD_RESTART_LIMIT: '3', BULKHEAD_STANDBY: '0', AWS_LAMBDA_LOG_LEVEL: 'INFO' },
  });
  const pid = emulator.runtimePid;
  for (let death = 1; death <= 3; death += 1) {
    const { payload } = await emulator.invoke({ dieInMs: 50 });
    assert.deepEqual(payload, { pid }, 'each loss is repaired');
    await until(context, () => count(log, 'worker_ended') >= death);
  }
  await emulator.invoke({ dieInMs: 50 });
  await until(context, () => count(log, 'stopped') === 1);
  const { line } = log.find((entry) => entry.line.includes('"event":"stopped"')) ?? { line: '' };
  assert.match(line, /More than 3 workers died between invocations within 60 s/);
  assert.match(line, /"exit_code":1/);
});

test('a handler that cannot be loaded again serves on with the worker that could', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-once-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const { emulator, log } = await startFunction(context, 'fails-second-start.handler', {
    env: { BULKHEAD_STANDBY: '1', FIRST_START_FILE: join(folder, 'started') },
  });
  const pid = emulator.runtimePid;
  for (let tries = 1; tries <= 4; tries += 1) {
    await until(context, () => count(log, 'worker_start_failed') >= tries);
    assert.deepEqual((await emulator.invoke({ ok: true })).payload, { pid });
  }
  // The pauses grow although invocations are served: they say nothing of how workers start now.
  const failures = count(log, 'worker_start_failed');
  for (let run = 0; run < 50; run += 1) await emulator.invoke({ ok: true });
  assert.ok(count(log, 'worker_start_failed') - failures <= 1, 'no start for each invocation');
  assert.equal(emulator.restartCount, 0);
});
