import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  activeTypes,
  nestedWorkers,
  watchNestedWorkers,
} from '../../../workers/active-resources.ts';

const WAITS = "require('node:worker_threads').parentPort.on('message', () => {})";

watchNestedWorkers();

function countWorkers(): number {
  return activeTypes().filter((type) => type === 'Worker').length;
}

test('a thread that user code starts is counted until it ends', async () => {
  const worker = new Worker(WAITS, { eval: true });
  const ended = once(worker, 'exit');
  assert.equal(countWorkers(), 1);
  assert.deepEqual(nestedWorkers(), [worker]);

  await worker.terminate();
  await ended;

  assert.equal(countWorkers(), 0);
});

test('a thread that nobody waits for does not count', async (context) => {
  const worker = new Worker(WAITS, { eval: true });
  context.after(() => worker.terminate());

  worker.unref();

  assert.equal(countWorkers(), 0);
  worker.ref();
  assert.equal(countWorkers(), 1);
});
