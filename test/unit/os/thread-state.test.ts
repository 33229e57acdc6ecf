import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { threadState } from '../../../src/os/thread-state.ts';
import { procOf } from './scripted-proc.ts';

function stateOf(letter: string): string | undefined {
  const files = { '/proc/self/task/7/stat': `7 (node) S) ${letter} 1 ${'0 '.repeat(20)}` };
  return threadState(7, procOf({ rows: [], files }));
}

test('each letter has its words, an unknown one has none', () => {
  const words = [...'RSDTt?'].map(stateOf);
  assert.deepEqual(words, [
    'running',
    'sleeping',
    'waiting for a device',
    'stopped by a signal',
    'stopped by a debugger',
    undefined,
  ]);
});

test('an unknown thread has no state', () => {
  assert.equal(threadState(undefined), undefined);
  assert.equal(threadState(8, procOf({ rows: [] })), undefined);
});

test('a spinning and a waiting thread are told apart', onLinux(), async (context) => {
  const spins = await startThread('for (;;);');
  const waits = await startThread('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
  context.after(() => Promise.all([spins.worker.terminate(), waits.worker.terminate()]));
  while (threadState(waits.osThreadId) !== 'sleeping') await turn();
  while (threadState(spins.osThreadId) !== 'running') await turn();
});

async function startThread(code: string): Promise<{ worker: Worker; osThreadId: number }> {
  const worker = new Worker(
    `const self = require('node:fs').readlinkSync('/proc/thread-self');
     require('node:worker_threads').parentPort.postMessage(Number(self.split('/').at(-1)));
     setTimeout(() => { ${code} });`,
    { eval: true },
  );
  const [osThreadId] = (await once(worker, 'message')) as [number];
  return { worker, osThreadId };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function onLinux(): { skip: string | false } {
  return { skip: process.platform === 'linux' ? false : 'there is no /proc here' };
}
