import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isOwnFile, withoutOwnFrames } from '../../../workers/own-frames.ts';

const OWN_FILE = fileURLToPath(new URL('../../../workers/handler-runner.ts', import.meta.url));

test('frames of the runtime are left out, the user and Node keep theirs', () => {
  const kept = [
    'TypeError: bad',
    '    at handler (file:///app/index.mjs:3:9)',
    `a message line that names ${OWN_FILE}:1:1`,
    '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
  ];
  const trace = [
    ...kept,
    `    at HandlerRunner.invoke (file://${OWN_FILE}:41:20)`,
    `    at async run (${OWN_FILE}:41:20)`,
  ];
  assert.deepEqual(withoutOwnFrames(trace), kept);
});

test('what Node runs between the frames of the runtime goes with them', () => {
  const kept = [
    'RangeError: out of stock',
    '    at Array.map (<anonymous>)',
    '    at handler (file:///app/index.mjs:3:9)',
  ];
  const own = `    at callHandler (file://${OWN_FILE}:41:20)`;
  const trace = [
    ...kept,
    own,
    '    at new Promise (<anonymous>)',
    own,
    '    at AsyncLocalStorage.run (node:internal/async_local_storage/async_hooks:91:14)',
    '    at node:internal/main/worker_thread:7:3',
  ];
  assert.deepEqual(withoutOwnFrames(trace), kept);
});

test('a frame of the runtime between two of the user hides neither', () => {
  const outer = '    at handler (file:///app/index.mjs:9:3)';
  const trace = [
    'Error: x',
    '    at toJSON (/app/row.js:1:1)',
    `    at log (${OWN_FILE}:1:1)`,
    outer,
  ];
  assert.deepEqual(withoutOwnFrames(trace), [trace[0], trace[1], outer]);
});

test("another package's worker.js is not ours", () => {
  const trace = ['    at run (/app/node_modules/other/dist/worker.js:1:1)'];
  assert.deepEqual(withoutOwnFrames(trace), trace);
});

test('a file is ours by its path or its URL', () => {
  assert.ok(isOwnFile(OWN_FILE) && isOwnFile(`file://${OWN_FILE}`));
  assert.ok(!isOwnFile('/app/worker.js') && !isOwnFile('node:fs') && !isOwnFile(''));
});
