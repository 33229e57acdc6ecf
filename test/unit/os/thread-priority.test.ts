import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { yieldPriority } from '../../../src/os/thread-priority.ts';

const LINUX = { skip: process.platform === 'linux' ? false : 'there is no /proc here' };

test('one thread yields, the others do not', LINUX, async (context) => {
  const before = getPriority(0);
  const worker = new Worker(
    `const self = require('node:fs').readlinkSync('/proc/thread-self');
     require('node:worker_threads').parentPort.postMessage(Number(self.split('/').at(-1)));
     setInterval(() => {}, 1000);`,
    { eval: true },
  );
  context.after(() => worker.terminate());
  const [osThreadId] = (await once(worker, 'message')) as [number];
  assert.equal(niceOf(osThreadId), before);
  yieldPriority(osThreadId);
  assert.equal(niceOf(osThreadId), 19);
  assert.equal(niceOf(process.pid), before);
});

test('the main thread, an unknown and a foreign one keep their priority', LINUX, () => {
  const before = [getPriority(0), getPriority(process.ppid)];
  for (const osThreadId of [undefined, process.pid, process.ppid, 2 ** 30]) {
    assert.doesNotThrow(() => yieldPriority(osThreadId));
  }
  assert.deepEqual([getPriority(0), getPriority(process.ppid)], before);
});

/** Field 19 of proc(5); the name of a Node thread may hold spaces, so it is cut off first. */
function niceOf(osThreadId: number): number {
  const text = readFileSync(`/proc/self/task/${osThreadId}/stat`, 'utf8');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16]);
}
