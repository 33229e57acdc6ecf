// What a pool of workers is made of, and whom it tells.
import type { Clock, InitFailure } from '../core/ports.ts';
import type { RecycleLimits } from '../core/recycle-policy.ts';
import type { Isolation } from '../core/settings.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import type { LogSetup, WorkerSetup } from '../core/thread-protocol.ts';
import type { LaunchedThread } from './thread-launch.ts';

export type HandlerPoolOptions = {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Workers that serve; one per lane. */
  readonly activeCount: number;
  readonly standbyCount: number;
  readonly isolation: Exclude<Isolation, 'none'>;
  readonly recycle: RecycleLimits;
  readonly heapLimitMb: number | undefined;
  readonly stuckLimit: number;
  readonly restartLimit: number;
  readonly profileDir: string | undefined;
  /** What the process may use, bytes, and what it does use; undefined: nothing is watched. */
  readonly memoryLimitBytes: number | undefined;
  readonly readProcessBytes: () => number;
  /** File of the thread's entry point. */
  readonly entry: string;
  /** The setup for worker number `owner`, from 2 up. */
  readonly setup: (owner: number) => WorkerSetup;
  /** The thread of the first worker, if it has begun to start. */
  readonly launched?: LaunchedThread | undefined;
  /** The thread is about to be ended, wherever it is. */
  readonly onThreadEnding: (log: LogSetup) => void;
  /** The thread is gone: what it held of the shared lock is free again. */
  readonly onThreadGone: (owner: number) => void;
  /** The process should finish its answers and end; why, in words. */
  readonly onUnfit: (reason: string) => void;
  /** There is no worker and there will be none. */
  readonly onGivenUp: (reason: string, failure: InitFailure) => void;
};
