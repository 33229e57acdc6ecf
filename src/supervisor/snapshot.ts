// From Init to the first poll by way of a snapshot (SnapStart; contract, section 3.3): hooks, the
// wait for the restore, hooks. The process may stand still for days in the middle of it.
import type { ErrorPayload } from '../core/error-payload.ts';
import { isRuntimeError } from '../core/errors.ts';
import { RESTORE_HOOKS_MS_MAX } from '../core/limits.ts';
import type {
  Cancel,
  InitFailure,
  InitResult,
  RuntimeApi,
  SnapshotApi,
  SnapshotPool,
  SnapshotStep,
} from '../core/ports.ts';
import { toHookError } from '../core/snapshot-hooks.ts';
import type { StopMoment } from '../core/telemetry-port.ts';
import type { SnapshotPhase } from '../core/thread-protocol.ts';

export type SnapshotOptions = {
  readonly api: SnapshotApi;
  /** Takes what is wrong before the snapshot. */
  readonly initApi: Pick<RuntimeApi, 'initError'>;
  readonly pool: SnapshotPool;
  /** An earlier process of this environment has been restored: there is no snapshot to come. */
  readonly isRestored: boolean;
  /** Called as soon as it is so. */
  readonly onPhase: (phase: SnapshotPhase) => void;
  /** A timer that counts the time in which the process runs: the clocks may jump. */
  readonly afterRunning: (ms: number, run: () => void) => Cancel;
};

export class Snapshot implements SnapshotStep {
  readonly #options: SnapshotOptions;
  #isClosed = false;

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  async pass(): Promise<StopMoment | undefined> {
    const { initApi, isRestored } = this.#options;
    if (!isRestored) {
      const failure = await this.#prepare();
      if (this.#isClosed) return undefined;
      if (failure !== undefined) {
        await initApi.initError(failure.error, failure.headerType);
        return { reason: 'The snapshot could not be prepared', exitCode: 1, error: failure.error };
      }
    }
    const result = await this.#afterRestore();
    if (this.#isClosed || result.kind === 'ready') return undefined;
    const { error, headerType } = result;
    // A process that comes later may have a poll of an earlier one before it.
    const report = isRestored ? initApi.initError(error, headerType) : this.#report(result);
    await report;
    return { reason: 'An after-restore hook failed', exitCode: 1, error };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#options.api.close();
  }

  #report({ error, headerType }: InitFailure): Promise<void> {
    return this.#options.api.restoreError(error, headerType);
  }

  /** Until the environment has been restored; or what was in the way. */
  async #prepare(): Promise<InitFailure | undefined> {
    const { api, onPhase, pool } = this.#options;
    const result = await pool.runHooks('beforeSnapshot');
    if (result.kind === 'failure') return result;
    if (this.#isClosed) return undefined;
    onPhase('prepared');
    try {
      await api.untilRestored();
    } catch (error) {
      return toFailure(error);
    }
    onPhase('restored');
    return undefined;
  }

  /** The platform ends the environment after its limit, and tells nobody why. */
  #afterRestore(): Promise<InitResult> {
    const { afterRunning, pool } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = afterRunning(RESTORE_HOOKS_MS_MAX, () => resolve(TOO_SLOW));
      pool.runHooks('afterRestore').finally(cancel).then(resolve, reject);
    });
  }
}

const TOO_SLOW: InitFailure = toFailureOf(
  toHookError('afterRestore', {
    errorType: 'Error',
    errorMessage: `The after-restore hooks have not ended after ${RESTORE_HOOKS_MS_MAX} ms`,
    trace: [],
  }),
);

function toFailureOf(error: ErrorPayload): InitFailure {
  return { kind: 'failure', error, headerType: error.errorType };
}

function toFailure(thrown: unknown): InitFailure {
  if (!isRuntimeError(thrown)) throw thrown;
  const { errorType, message: errorMessage } = thrown;
  return toFailureOf({ errorType, errorMessage, trace: [] });
}
