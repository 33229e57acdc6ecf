// Part of the composition root: what each worker thread is told at its start, and the first one,
// which starts before there is anything that could use it: nothing of a cold start takes longer.
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClaimBoard } from '../core/claim-board.ts';
import type { CompileCache } from '../core/compile-cache.ts';
import type { Config } from '../core/config.ts';
import type { LogTarget, SnapshotPhase, WorkerSetup } from '../core/thread-protocol.ts';
import type { SupervisorOutput } from '../output/supervisor-output.ts';
import { WRITE_GATE_BYTES } from '../output/write-gate.ts';
import { LaunchedThread } from '../pool/thread-launch.ts';
import { programArguments } from './process-environment.ts';

/** In the locks; the supervisor is 1. */
const FIRST_WORKER_OWNER = 2;

/** What a worker is told that is started now; undefined: there is no snapshot. */
export type SnapshotState = { phase: SnapshotPhase };

export type SetupParts = {
  readonly output: Pick<SupervisorOutput, 'lock'>;
  readonly target: LogTarget | undefined;
  readonly snapshot: SnapshotState | undefined;
  readonly compileCache: CompileCache | undefined;
};

export type Workers = {
  /** File of a thread's entry point. */
  readonly entry: string;
  /** @param owner number of the worker in the locks, from 2 up. */
  readonly setup: (owner: number) => WorkerSetup;
};

/** @param main URL of main.ts: the thread's entry point has its place beside it, in bundles too. */
export function setUpWorkers(config: Config, parts: SetupParts, main: string): Workers {
  const { output, target, snapshot, compileCache } = parts;
  return {
    entry: fileURLToPath(new URL(`../workers/handler-worker${extname(main)}`, main)),
    setup: (owner) => ({
      handler: config.handler,
      taskRoots: config.taskRoots,
      typescript: config.typescript,
      argv: programArguments(config.handler),
      hasOwnPreloads: config.nodeOptions !== undefined,
      multiConcurrent: config.multiConcurrent,
      isMeasured: config.isReporting || config.metricsPort !== undefined,
      isReported: config.isReporting,
      compileCache,
      snapshotPhase: snapshot?.phase,
      claims: isShared(config) ? createClaimBoard() : undefined,
      log: {
        format: config.logFormat,
        level: config.consoleLevel,
        lock: output.lock,
        owner,
        target,
        gate: target?.isFramed === true ? new SharedArrayBuffer(WRITE_GATE_BYTES) : undefined,
      },
    }),
  };
}

/** Several invocations at once, each in whatever thread has room. */
export function isShared({ multiConcurrent, isolation }: Config): boolean {
  return multiConcurrent && isolation === 'shared';
}

/** Undefined: the handler runs on the main thread, or no thread can be had, which the pool finds
 * out, too, and reports. */
export function launchFirst(config: Config, workers: Workers): LaunchedThread | undefined {
  if (config.isolation === 'none') return undefined;
  const { entry, setup } = workers;
  const { heapLimitMb } = config;
  try {
    return new LaunchedThread({ entry, setup: setup(FIRST_WORKER_OWNER), heapLimitMb });
  } catch {
    return undefined;
  }
}
