import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotHook } from '../../../../src/core/snapshot-hooks.ts';
import type { RunUserCode } from '../../../../workers/nothing-pending.ts';
import { SnapStart } from '../../../../workers/snapstart/snap-start.ts';

const runUserCode: RunUserCode = (start) =>
  new Promise((resolve, reject) => start({ resolve, reject }));

function snapStart(hooks: readonly SnapshotHook[], isRestored = false): SnapStart {
  return new SnapStart({ hooks: { of: () => hooks }, runUserCode, isRestored });
}

function numbers(): string {
  return [Math.random(), Math.random()].join();
}

test('each hook has ended before the next begins', async () => {
  const notes: string[] = [];
  const hook = (name: string) => async (): Promise<void> => {
    notes.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    notes.push(`${name} ends`);
  };
  await snapStart([hook('one'), hook('two')]).run('beforeSnapshot');
  assert.deepEqual(notes, ['one begins', 'one ends', 'two begins', 'two ends']);
});

test('the first hook that fails is the last', async () => {
  const notes: string[] = [];
  const fails = (): void => {
    throw new RangeError('no');
  };
  const hooks = [() => notes.push('one'), fails, () => notes.push('three')];
  await assert.rejects(snapStart(hooks).run('afterRestore'), RangeError);
  assert.deepEqual(notes, ['one']);
});

test('a hook finds fresh randomness after the restore, and what there was before it', async () => {
  const native = Math.random;
  Math.random = () => 0.5;
  const rows: string[] = [];
  const snapshot = snapStart([() => rows.push(numbers())]);
  await snapshot.run('beforeSnapshot');
  assert.deepEqual(rows, ['0.5,0.5']);
  await snapshot.run('afterRestore');
  await snapshot.run('afterRestore');
  assert.equal(new Set(rows).size, 3);
  Math.random = native;
});

test('a thread of a restored environment begins with fresh randomness', () => {
  Math.random = () => 0.5;
  snapStart([], true);
  assert.notEqual(numbers(), '0.5,0.5');
});
