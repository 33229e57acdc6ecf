// The workers as the settings ask for them.
import { extname } from 'node:path';
import { createClaimBoard } from '../core/claim-board.ts';
import type { Config } from '../core/config.ts';
import type { HandlerPool, SnapshotPool } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import type { LogTarget, WorkerSetup } from '../core/thread-protocol.ts';
import { SUPERVISOR_OWNER, type SupervisorOutput } from '../output/supervisor-output.ts';
import { WRITE_GATE_BYTES } from '../output/write-gate.ts';
import type { HandlerPoolOptions } from '../pool/handler-pool-options.ts';
import { systemClock } from '../system-clock.ts';
import { programArguments } from './process-environment.ts';
import type { SnapshotState } from './snapshot-step.ts';

export type PoolOutputs = {
  readonly output: SupervisorOutput;
  readonly target: LogTarget | undefined;
  readonly telemetry: Telemetry;
  readonly snapshot: SnapshotState | undefined;
};

export type CreatedPool = {
  readonly pool: HandlerPool;
  /** The same one; undefined: it takes part in no snapshot. */
  readonly snapshotPool: SnapshotPool | undefined;
};

/** @param main URL of main.ts: the thread's entry point has its place beside it, in bundles too. */
export async function createPool(
  config: Config,
  { output, target, telemetry, snapshot }: PoolOutputs,
  ends: Pick<HandlerPoolOptions, 'onUnfit' | 'onGivenUp'>,
  main: string,
): Promise<CreatedPool> {
  // Several invocations at once, each in whatever thread has room.
  const isShared = config.multiConcurrent && config.isolation === 'shared';
  const setup = (owner: number): WorkerSetup => ({
    handler: config.handler,
    taskRoots: config.taskRoots,
    typescript: config.typescript,
    argv: programArguments(config.handler),
    hasOwnPreloads: config.nodeOptions !== undefined,
    multiConcurrent: config.multiConcurrent,
    snapshotPhase: snapshot?.phase,
    claims: isShared ? createClaimBoard() : undefined,
    log: {
      format: config.logFormat,
      level: config.consoleLevel,
      lock: output.lock,
      owner,
      target,
      gate: target?.isFramed === true ? new SharedArrayBuffer(WRITE_GATE_BYTES) : undefined,
    },
  });
  if (config.isolation === 'none') {
    const [{ InlinePool }, { createInlineRunner }] = await Promise.all([
      import('../pool/inline-pool.ts'),
      import('../../workers/inline-handler.ts'),
    ]);
    const pool: InstanceType<typeof InlinePool> = new InlinePool((stream) =>
      createInlineRunner(setup(SUPERVISOR_OWNER), stream, (words) => pool.crash(words)),
    );
    return { pool, snapshotPool: pool };
  }
  const { memoryLimitBytes } = await import('../os/memory-limit.ts');
  const { processMemoryReader } = await import('../os/process-memory.ts');
  const entry = `../workers/handler-worker${extname(main)}`;
  const { cpuCount, laneCount, room, threadCount } = config.concurrency;
  const options: HandlerPoolOptions = {
    clock: systemClock,
    telemetry,
    activeCount: threadCount,
    standbyCount: config.standbyCount,
    isolation: config.isolation,
    recycle: config.recycle,
    heapLimitMb: config.heapLimitMb,
    stuckLimit: config.stuckLimit,
    restartLimit: config.restartLimit,
    profileDir: config.profileDir,
    memoryLimitBytes: memoryLimitBytes(config.functionMemoryMb),
    readProcessBytes: processMemoryReader(),
    ...ends,
    entry: new URL(entry, main),
    setup,
    onThreadEnding: ({ gate }) => output.threadEnding(gate),
    onThreadGone: (owner) => output.threadGone(owner),
  };
  if (isShared) {
    const { SharedPool } = await import('../pool/shared/shared-pool.ts');
    const pool = new SharedPool({ ...options, cpuCount, laneCount, room });
    telemetry.useCensus(() => pool.census());
    return { pool, snapshotPool: undefined };
  }
  const { WorkerPool } = await import('../pool/handler-pool.ts');
  const pool = new WorkerPool(options);
  return { pool, snapshotPool: pool };
}
