import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WORKER_YOUNG_MB } from '../../../src/core/limits.ts';
import { toWorkerOptions } from '../../../src/pool/thread-options.ts';

const SETUP = { argv: ['program', 'app.handler'], hasOwnPreloads: false };

test('a thread has the options of its process, and its handler as an argument', () => {
  const options = toWorkerOptions(SETUP, undefined, ['--enable-source-maps']);
  assert.deepEqual(options, { argv: ['program', 'app.handler'], trackUnmanagedFds: true });
});

test('with preloads of its own it reads NODE_OPTIONS anew', () => {
  const options = toWorkerOptions({ ...SETUP, hasOwnPreloads: true }, undefined, ['--expose-gc']);
  assert.deepEqual(options.execArgv, []);
});

test('a heap limit brings the young generation that goes with it', () => {
  assert.deepEqual(toWorkerOptions(SETUP, 200, []).resourceLimits, {
    maxOldGenerationSizeMb: 200,
    maxYoungGenerationSizeMb: WORKER_YOUNG_MB,
  });
});

for (const its of [
  ['--input-type=module'],
  ['--input-type', 'module'],
  ['--max-semi-space-size=8'],
]) {
  test(`what is the process's own is not handed on: ${its.join(' ')}`, () => {
    const execArgv = ['--expose-gc', ...its, '--enable-source-maps'];
    const options = toWorkerOptions(SETUP, undefined, execArgv);
    assert.deepEqual(options.execArgv, []);
  });
}
