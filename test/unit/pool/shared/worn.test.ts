import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SharedThread } from '../../../../src/pool/shared/shared-thread.ts';
import { letGo } from '../../../../src/pool/shared/worn.ts';

function thread(dueReason?: string, isUsable = true): SharedThread {
  return { isUsable, leaving: undefined, slot: { dueReason } } as unknown as SharedThread;
}

test('who is worn takes nothing new once enough others serve', () => {
  const worn = thread('10 invocations');
  letGo(worn, [worn, thread()], 2);
  assert.equal(worn.leaving, undefined);
  letGo(worn, [worn, thread(), thread('old'), thread(undefined, false)], 2);
  assert.equal(worn.leaving, undefined, 'others that are worn or cannot serve do not count');
  letGo(worn, [worn, thread(), thread()], 2);
  assert.deepEqual(worn.leaving, { reason: '10 invocations', isWorn: true });
});

test('who is not worn stays', () => {
  const one = thread();
  letGo(one, [one, thread(), thread()], 1);
  assert.equal(one.leaving, undefined);
});
