// What `import 'lambda-bulkhead/snapstart'` gives to handlers: the place for their snapshot hooks.
// It loads nothing of the runtime; under another one, or without SnapStart, nothing comes of it.
import {
  checkHook,
  HOOK_REGISTRY,
  type HookRegistration,
  type SnapshotHook,
} from './core/snapshot-hooks.ts';

export type { SnapshotHook } from './core/snapshot-hooks.ts';

/**
 * Runs the hook before the snapshot is taken, in each worker; who has registered last comes first.
 * To be called while the module is loaded.
 *
 * @throws TypeError when it is no function.
 */
export function registerBeforeSnapshot(hook: SnapshotHook): void {
  checkHook(hook);
  registration()?.registerBeforeSnapshot(hook);
}

/**
 * Runs the hook after each restore, before the first event, in each worker, also in one that is
 * started later; who has registered first comes first. To be called while the module is loaded.
 *
 * @throws TypeError when it is no function.
 */
export function registerAfterRestore(hook: SnapshotHook): void {
  checkHook(hook);
  registration()?.registerAfterRestore(hook);
}

function registration(): HookRegistration | undefined {
  return (globalThis as { [HOOK_REGISTRY]?: HookRegistration })[HOOK_REGISTRY];
}
