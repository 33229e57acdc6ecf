// The snapshot of an environment with SnapStart (contract, section 3.3): the runtime stands still
// from the moment in which it is ready for it until somebody needs the environment.
import { toFailedRestore } from './answers.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { Answer } from './invocation.ts';
import type { RuntimeControl } from './runtime-control.ts';

type Failure = (requestId: string) => Answer;

export type SnapshotOptions = SnapshotEvents & {
  readonly state: EnvironmentState;
  readonly runtime: Pick<RuntimeControl, 'freeze' | 'thaw'>;
  /** For the restore and what the runtime does in it. */
  readonly limitMs: number;
  readonly writeLine: (line: string) => void;
};

export type SnapshotEvents = {
  /** Init is over. */
  readonly onPrepared: () => void;
  /** An invocation runs already: there is nothing to wait for. */
  readonly isWanted: () => boolean;
  /** What the next invocation is answered with. */
  readonly onFailure: (failure: Failure) => void;
};

type EnvironmentParts = {
  readonly runtime: SnapshotOptions['runtime'];
  /** Undefined: there is no snapshot. */
  readonly restoreMsMax: number | undefined;
  readonly writeLine: (line: string, requestId: string | undefined) => void;
};

export function openSnapshot(
  { restoreMsMax: limitMs, runtime, writeLine }: EnvironmentParts,
  state: EnvironmentState,
  events: SnapshotEvents,
): Snapshot | undefined {
  if (limitMs === undefined) return undefined;
  const write = (line: string): void => writeLine(line, undefined);
  return new Snapshot({ ...events, state, runtime, limitMs, writeLine: write });
}

type RestoreEnd = 'polled' | 'timeout' | 'gone' | { readonly errorType: string };
type Restore = { readonly beganAtMs: number; readonly ended: PromiseWithResolvers<void> };

export class Snapshot {
  readonly #options: SnapshotOptions;
  #taken = Promise.withResolvers<void>();
  #parked: PromiseWithResolvers<boolean> | undefined;
  #restore: Restore | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  /** A legal `/restore/next`: resolves with true when the environment is restored, with false when
   * it is reset and the connection has to be dropped. */
  park(): Promise<boolean> {
    const { isWanted, onPrepared, runtime, state } = this.#options;
    const parked = Promise.withResolvers<boolean>();
    state.take('restoreNext');
    this.#parked = parked;
    runtime.freeze();
    this.#taken.resolve();
    onPrepared();
    if (isWanted()) void this.restore();
    return parked.promise;
  }

  /** Resolves when there is a snapshot; at once if there is. */
  whenTaken(): Promise<void> {
    return this.#taken.promise;
  }

  /** Goes on from the snapshot, if that is where the environment is; resolves when the runtime has
   * polled, or will not. */
  async restore(): Promise<void> {
    const { limitMs, runtime, state, writeLine } = this.#options;
    if (this.#parked !== undefined) {
      state.take('restore');
      writeLine('RESTORE_START');
      this.#restore = { beganAtMs: performance.now(), ended: Promise.withResolvers() };
      this.#timer = setTimeout(() => this.end('timeout'), limitMs);
      runtime.thaw();
      this.#parked.resolve(true);
      this.#parked = undefined;
    }
    await this.#restore?.ended.promise;
  }

  /** The restore is over, one way or the other; later calls change nothing. */
  end(how: RestoreEnd): void {
    const { limitMs, onFailure, writeLine } = this.#options;
    const restore = this.#restore;
    if (restore === undefined) return;
    clearTimeout(this.#timer);
    this.#restore = undefined;
    writeLine(`RESTORE_REPORT Restore Duration: ${toReport(performance.now(), restore, how)}`);
    if (how === 'timeout') onFailure((requestId) => toFailedRestore(requestId, limitMs));
    restore.ended.resolve();
  }

  /** The runtime is gone, and what it waited for with it. */
  reset(): void {
    this.end('gone');
    this.#parked?.resolve(false);
    this.#parked = undefined;
    this.#taken = Promise.withResolvers();
  }
}

function toReport(nowMs: number, { beganAtMs }: Restore, how: RestoreEnd): string {
  const duration = `${(nowMs - beganAtMs).toFixed(2)} ms`;
  if (how === 'polled') return duration;
  if (how === 'timeout') return `${duration} Status: timeout`;
  const errorType = how === 'gone' ? 'Runtime.ExitError' : how.errorType;
  return `${duration} Status: error Error Type: ${errorType}`;
}
