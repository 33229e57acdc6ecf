// The workers as the settings ask for them.
import type { Config } from '../core/config.ts';
import type { HandlerPool, SnapshotPool } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import { memoryLimitBytes } from '../os/memory-limit.ts';
import { processMemoryReader } from '../os/process-memory.ts';
import { SUPERVISOR_OWNER, type SupervisorOutput } from '../output/supervisor-output.ts';
import { WorkerPool } from '../pool/handler-pool.ts';
import type { HandlerPoolOptions } from '../pool/handler-pool-options.ts';
import type { LaunchedThread } from '../pool/thread-launch.ts';
import { systemClock } from '../system-clock.ts';
import { isShared, type Workers } from './worker-setup.ts';

export type PoolParts = {
  readonly output: SupervisorOutput;
  readonly telemetry: Telemetry;
  readonly workers: Workers;
  /** The thread of the first worker, if it has begun to start. */
  readonly launched: LaunchedThread | undefined;
};

export type CreatedPool = {
  readonly pool: HandlerPool;
  /** The same one; undefined: it takes part in no snapshot. */
  readonly snapshotPool: SnapshotPool | undefined;
};

export async function createPool(
  config: Config,
  { output, telemetry, workers, launched }: PoolParts,
  ends: Pick<HandlerPoolOptions, 'onUnfit' | 'onGivenUp'>,
): Promise<CreatedPool> {
  const { isolation } = config;
  if (isolation === 'none') {
    const [{ InlinePool }, { createInlineRunner }] = await Promise.all([
      import('../pool/inline-pool.ts'),
      import('../../workers/inline-handler.ts'),
    ]);
    const setup = workers.setup(SUPERVISOR_OWNER);
    if (setup.compileCache !== undefined) {
      const { useCompileCacheHere } = await import('./compile-cache.ts');
      useCompileCacheHere(setup.compileCache);
    }
    const pool: InstanceType<typeof InlinePool> = new InlinePool((stream) =>
      createInlineRunner(setup, stream, (words) => pool.crash(words)),
    );
    return { pool, snapshotPool: pool };
  }
  const { cpuCount, laneCount, room, threadCount } = config.concurrency;
  const options: HandlerPoolOptions = {
    clock: systemClock,
    telemetry,
    activeCount: threadCount,
    standbyCount: config.standbyCount,
    isolation,
    recycle: config.recycle,
    heapLimitMb: config.heapLimitMb,
    stuckLimit: config.stuckLimit,
    restartLimit: config.restartLimit,
    profileDir: config.profileDir,
    memoryLimitBytes: memoryLimitBytes(config.functionMemoryMb),
    readProcessBytes: processMemoryReader(),
    ...ends,
    ...workers,
    launched,
    onThreadEnding: ({ gate }) => output.threadEnding(gate),
    onThreadGone: (owner) => output.threadGone(owner),
  };
  if (isShared(config)) {
    const { SharedPool } = await import('../pool/shared/shared-pool.ts');
    const pool = new SharedPool({ ...options, cpuCount, laneCount, room });
    telemetry.useCensus(() => pool.census());
    return { pool, snapshotPool: undefined };
  }
  const pool = new WorkerPool(options);
  return { pool, snapshotPool: pool };
}
