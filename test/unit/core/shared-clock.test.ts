import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { clockShiftMs } from '../../../src/core/shared-clock.ts';

test('the least disturbed of the readings counts', () => {
  const delays = [0.004, 0.001, 0.2];
  const shiftMs = clockShiftMs(
    () => [50, 0],
    () => 1000 + (delays.shift() ?? 0),
  );
  assert.equal(shiftMs, 50_000 - 1000.001);
});

test('a moment in another thread lies between those before and after it', async () => {
  const clock = new URL('../../../workers/thread-clock.ts', import.meta.url).href;
  const { nowMs } = await import(clock);
  const source = `
    const { parentPort } = require('node:worker_threads');
    const clock = import(${JSON.stringify(clock)});
    parentPort.on('message', async () => parentPort.postMessage((await clock).nowMs()));
  `;
  const worker = new Worker(source, { eval: true });
  for (let count = 0; count < 20; count += 1) {
    const beforeMs = nowMs();
    worker.postMessage('?');
    const [thereMs] = await once(worker, 'message');
    const afterMs = nowMs();
    // What the shift of either may be wrong by.
    const slackMs = 0.02;
    assert.ok(beforeMs - slackMs <= thereMs, `${thereMs - beforeMs} ms`);
    assert.ok(thereMs <= afterMs + slackMs, `${afterMs - thereMs} ms`);
  }
  await worker.terminate();
});
