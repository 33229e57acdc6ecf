import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotHook } from '../../../../src/core/snapshot-hooks.ts';
import { registerAfterRestore, registerBeforeSnapshot } from '../../../../src/snapstart.ts';
import { installInvocationGlobals } from '../../../../workers/globals/invocation-globals.ts';
import { installSnapshotHooks } from '../../../../workers/globals/snapshot-hooks.ts';

const one = (): void => {};
const two = (): void => {};

test('before there is a runtime, the package’s functions take a hook and forget it', () => {
  registerBeforeSnapshot(one);
  registerAfterRestore(one);
  const { of } = installSnapshotHooks(true);
  assert.deepEqual([of('beforeSnapshot'), of('afterRestore')], [[], []]);
});

test('before the snapshot the last one comes first, after the restore the first one', () => {
  const { of } = installSnapshotHooks(true);
  for (const hook of [one, two]) {
    registerBeforeSnapshot(hook);
    registerAfterRestore(hook);
  }
  assert.deepEqual(of('beforeSnapshot'), [two, one]);
  assert.deepEqual(of('afterRestore'), [one, two]);
});

test('what is registered while hooks run is not run with them', () => {
  const { of, registration } = installSnapshotHooks(true);
  const running = of('afterRestore');
  registration.registerAfterRestore(one);
  assert.deepEqual(running, []);
});

test('without a snapshot nothing is kept, and what is no function is refused all the same', () => {
  const { of, registration } = installSnapshotHooks(false);
  registration.registerBeforeSnapshot(one);
  assert.deepEqual(of('beforeSnapshot'), []);
  const wrong = 'a hook' as unknown as SnapshotHook;
  assert.throws(() => registration.registerBeforeSnapshot(wrong), /Cannot register string/);
  assert.throws(() => registerAfterRestore(wrong), /Cannot register string/);
});

test('the functions are on awslambda, unless that is not wanted', () => {
  const holder = globalThis as { awslambda?: Record<string, unknown> };
  const { registration } = installSnapshotHooks(true);
  installInvocationGlobals({ AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' }, false, registration);
  assert.equal(holder.awslambda, undefined);
  installInvocationGlobals({}, false, registration);
  assert.equal(holder.awslambda?.['registerAfterRestore'], registration.registerAfterRestore);
  assert.equal(holder.awslambda?.['registerBeforeSnapshot'], registration.registerBeforeSnapshot);
});
