import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { memoryUse, readThreadId } from '../../../workers/thread-facts.ts';
import { HandlerThread } from './handler-thread.ts';

const MIB = 1024 * 1024;
const hasProc = existsSync('/proc/thread-self');

test('the main thread has the number of its process', { skip: !hasProc && 'no /proc' }, () => {
  assert.equal(readThreadId(), process.pid);
});

test('a worker is ready with its own number', { skip: !hasProc && 'no /proc' }, async (t) => {
  const thread = new HandlerThread('echo.handler');
  t.after(() => thread.close());
  const result = await thread.init();
  assert.ok(result.kind === 'ready' && result.osThreadId !== undefined);
  assert.notEqual(result.osThreadId, process.pid);
  assert.ok(existsSync(`/proc/${process.pid}/task/${result.osThreadId}`));
});

test('memory is counted in bytes, the heap and what is outside of it', () => {
  const before = memoryUse();
  const outside = new Uint8Array(32 * MIB);
  const between = memoryUse();
  const inside = Array.from({ length: MIB }, (_, index) => ({ index }));
  const after = memoryUse();

  const outsideMib = (between.externalBytes - before.externalBytes) / MIB;
  assert.ok(outsideMib > 31 && outsideMib < 33, `${outsideMib} MiB`);
  assert.ok(after.heapBytes - between.heapBytes > 8 * MIB);
  assert.ok(after.externalBytes - between.externalBytes < MIB, 'objects are in the heap');
  assert.ok(outside.length > 0 && inside.length > 0, 'both are still held');
});

test('every result says how much memory the thread uses', async (t) => {
  const thread = new HandlerThread('runs.handler');
  t.after(() => thread.close());
  await thread.init();
  for (const event of [{ ok: true }, 'not an object']) {
    const result = await thread.invoke(event);
    assert.ok('heapBytes' in result);
    assert.ok(result.heapBytes > MIB, JSON.stringify(result));
    assert.ok(result.externalBytes > 0);
  }
});
