// What a thread does before anybody listens to it is not lost.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { WorkerSetup } from '../../../src/core/thread-protocol.ts';
import { LaunchedThread, type ThreadEnds } from '../../../src/pool/thread-launch.ts';

function launch(name: string): LaunchedThread {
  return new LaunchedThread({
    entry: fileURLToPath(new URL(`../../fixtures/threads/${name}.cjs`, import.meta.url)),
    setup: { argv: [] } as unknown as WorkerSetup,
    heapLimitMb: undefined,
  });
}

function noting(notes: string[]): ThreadEnds {
  return {
    onError: (error) => notes.push(error instanceof Error ? error.message : String(error)),
    onExit: (code) => notes.push(`exit ${code}`),
  };
}

test('an end that has come before is told once who hears of it is done', async () => {
  const thread = launch('there-is-none');
  await new Promise((resolve) => thread.worker.once('exit', resolve));
  const notes: string[] = [];
  thread.hear(noting(notes));
  assert.deepEqual(notes, []);
  await Promise.resolve();
  assert.equal(notes.length, 2);
  assert.match(notes[0] ?? '', /Cannot find module/);
  assert.equal(notes[1], 'exit 1');
});

test('an end that comes later is told once', async () => {
  const thread = launch('stays-ready');
  const notes: string[] = [];
  thread.hear(noting(notes));
  await once(thread.worker, 'online');
  assert.deepEqual(notes, []);
  await thread.worker.terminate();
  assert.deepEqual(notes, ['exit 1']);
});

test('a reply waits for the first listener', async () => {
  const thread = launch('stays-ready');
  thread.hear(noting([]));
  thread.tasks.postMessage({ kind: 'init' });
  await once(thread.worker, 'online');
  const [reply] = await once(thread.tasks, 'message');
  assert.equal(reply.number, 0);
  await thread.worker.terminate();
});
