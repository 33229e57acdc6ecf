// Where user code registers what is to run around a snapshot of its environment (SnapStart,
// docs/adr/0015-snapstart.md). It may do so anywhere: without SnapStart nothing comes of it.
import {
  checkHook,
  HOOK_REGISTRY,
  type HookRegistration,
  type SnapshotHook,
} from '../../src/core/snapshot-hooks.ts';
import type { HookMoment } from '../../src/core/thread-protocol.ts';

// Taken before user code can replace it.
const { defineProperty } = Object;

export type SnapshotHooks = {
  /** For user code, also on `globalThis.awslambda`. */
  readonly registration: HookRegistration;
  /** In the order in which they have to run. */
  readonly of: (moment: HookMoment) => readonly SnapshotHook[];
};

/** @param isKept whether there will be a snapshot. */
export function installSnapshotHooks(isKept: boolean): SnapshotHooks {
  const before: SnapshotHook[] = [];
  const after: SnapshotHook[] = [];
  const registerIn = (hooks: SnapshotHook[]) => {
    return (hook: SnapshotHook): void => {
      checkHook(hook);
      if (isKept) hooks.push(hook);
    };
  };
  const registration: HookRegistration = {
    registerBeforeSnapshot: registerIn(before),
    registerAfterRestore: registerIn(after),
  };
  defineProperty(globalThis, HOOK_REGISTRY, { value: registration, configurable: true });
  return {
    registration,
    // What was opened last is closed first, and what was opened first is opened first again.
    of: (moment) => (moment === 'beforeSnapshot' ? before.toReversed() : [...after]),
  };
}
