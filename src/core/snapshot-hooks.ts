// The hooks around a snapshot (SnapStart): how user code finds the place to register them, and what
// the platform is told of one that has failed (contract, section 3.3).
import type { ErrorPayload } from './error-payload.ts';
import type { HookMoment } from './thread-protocol.ts';

/** May be asynchronous; what it returns is awaited. */
export type SnapshotHook = () => unknown;

export type HookRegistration = {
  /** Runs the hook before the snapshot; who has registered last comes first.
   * @throws TypeError when it is no function. */
  readonly registerBeforeSnapshot: (hook: SnapshotHook) => void;
  /** Runs the hook after each restore; who has registered first comes first.
   * @throws TypeError when it is no function. */
  readonly registerAfterRestore: (hook: SnapshotHook) => void;
};

/** The property of `globalThis` that has this thread's HookRegistration. */
export const HOOK_REGISTRY: unique symbol = Symbol.for('bulkhead.snapstart');

/** In the header and in the body: the platform knows them by these names. */
export const HOOK_ERROR_TYPES: Readonly<Record<HookMoment, string>> = {
  beforeSnapshot: 'Runtime.BeforeSnapshotError',
  afterRestore: 'Runtime.AfterRestoreError',
};

/** @param error what the hook has thrown, or how its thread has died. */
export function toHookError(moment: HookMoment, error: ErrorPayload): ErrorPayload {
  const { errorType, errorMessage, trace } = error;
  return {
    errorType: HOOK_ERROR_TYPES[moment],
    errorMessage: `${errorType}: ${errorMessage}`,
    trace,
  };
}

/** @throws TypeError when it is no function. */
export function checkHook(hook: unknown): void {
  if (typeof hook === 'function') return;
  const what = hook === null ? 'null' : typeof hook;
  throw new TypeError(`Cannot register ${what} as a snapshot hook: it has to be a function`);
}
