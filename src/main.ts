// Composition root: reads the environment, builds the rooms, runs the supervisor, ends the process.
// The order of imports is the cold start: the worker thread boots while the rest is loaded.
import { type Config, parseConfig } from './core/config.ts';
import type { Guard } from './guardian/guard.ts';
import { cpuCount } from './os/cpu-count.ts';
import { fileLimit } from './os/file-limit.ts';
import { type OpenedTarget, openLogTarget } from './output/log-target.ts';
import { SupervisorOutput } from './output/supervisor-output.ts';
import { createPool } from './start/create-pool.ts';
import { hearEndSignals } from './start/end-signals.ts';
import { prepareEnvironment } from './start/process-environment.ts';
import type { SnapshotState } from './start/snapshot-step.ts';
import { isUsageError, messageOf, reportUnstartable } from './start/unstartable.ts';
import type { RunResult, Supervisor } from './supervisor/supervisor.ts';
import { systemClock } from './system-clock.ts';

export type RuntimeOptions = {
  /** HANDLER of the command line; `_HANDLER` counts when undefined. */
  readonly handler: string | undefined;
  /** The process's own, `process.env`: `_HANDLER` is written to it, and workers get a copy. */
  readonly env: NodeJS.ProcessEnv;
};

type Served = RunResult & { readonly guard: Guard | undefined };

/** Asked for with several events at once. */
const capacities = (): { cpuCount: number; fileLimit: number | undefined } => ({
  cpuCount: cpuCount(),
  fileLimit: fileLimit(),
});

/** Exit code when the command line or the environment is wrong. */
const EXIT_USAGE = 2;
/** Exit code when the runtime itself cannot be loaded or built. */
const EXIT_DEFECT = 1;

/**
 * Serves `$AWS_LAMBDA_RUNTIME_API` until told to stop, then ends the process: with 0 after a drain,
 * 1 when serving became impossible, 2 when the settings are wrong.
 */
export async function runRuntime(options: RuntimeOptions): Promise<void> {
  const output = new SupervisorOutput(systemClock.nowEpochMs);
  let result: Served;
  try {
    const config = parseConfig({ ...options, capacities, workingFolder: process.cwd() });
    prepareEnvironment(options.env, config);
    result = await serve(config, output, await openLogTarget(options.env, config.multiConcurrent));
  } catch (error) {
    output.writeText(`bulkhead: ${messageOf(error)}\n`);
    await reportUnstartable(options.env, error);
    process.exit(isUsageError(error) ? EXIT_USAGE : EXIT_DEFECT);
  }
  const { exitCode, stuckThreadCount, wantsRestart = false, guard } = result;
  output.flush();
  guard?.end(exitCode, wantsRestart);
  // A normal exit waits for every thread; one that does not end would make it hang.
  if (stuckThreadCount > 0) process.kill(process.pid, 'SIGKILL');
  process.exit(exitCode);
}

async function serve(
  config: Config,
  output: SupervisorOutput,
  { target, problem }: OpenedTarget,
): Promise<Served> {
  // Before there is a thread: whoever sees a handler's first line may send one.
  const onEndSignal = hearEndSignals();
  if (target !== undefined) output.useTarget(target);
  const { createTelemetry } = await import('./telemetry/telemetry.ts');
  const telemetry = createTelemetry({
    level: config.supervisorLevel,
    write: (line, level) => output.write(line, level),
    metricsPort: config.metricsPort,
  });
  for (const what of [problem, config.concurrency.shortage]) {
    if (what !== undefined) telemetry.problem(what);
  }
  if (config.profileDir !== undefined) {
    const { checkWritableFolder } = await import('./os/writable-folder.ts');
    checkWritableFolder('BULKHEAD_PROFILE_DIR', config.profileDir);
  }
  // The pool is built first, so that its thread boots while the supervisor is loaded.
  let supervisor: Supervisor | undefined;
  const snapshot: SnapshotState | undefined = config.snapStart ? { phase: 'awaited' } : undefined;
  const { pool, snapshotPool } = await createPool(
    config,
    { output, target, telemetry, snapshot },
    {
      onUnfit: (reason) => supervisor?.retire(reason),
      onGivenUp: (reason, { error }) => supervisor?.giveUp(reason, error),
    },
    import.meta.url,
  );
  void pool.start();
  const { journal } = config;
  const [{ openLanes, wrapLanes }, { Supervisor }, guardian] = await Promise.all([
    import('./start/open-lanes.ts'),
    import('./supervisor/supervisor.ts'),
    journal === undefined ? undefined : import('./guardian/guard.ts'),
  ]);
  const lanes = await openLanes(config, telemetry);
  // From here on the guardian takes an end that is not announced for an accident.
  const guard = await guardian?.openGuard({
    journal: journal ?? '',
    laneCount: config.concurrency.laneCount,
    multiConcurrent: config.multiConcurrent,
    clock: systemClock,
    telemetry,
    openRecoveryApi: async () =>
      (await import('./runtime-api/recovery-api.ts')).createRecoveryApi(config.runtimeApi),
  });
  const apis = guard === undefined ? lanes : wrapLanes(lanes, guard.wrap);
  const [initApi] = apis;
  const step =
    snapshot &&
    snapshotPool &&
    (await (
      await import('./start/snapshot-step.ts')
    ).toStep(config, snapshot, {
      initApi,
      pool: snapshotPool,
      telemetry,
      guard,
    }));
  const serving = new Supervisor({
    apis,
    isMultiConcurrent: config.multiConcurrent,
    retryNeighbours: config.retryNeighbours,
    pool,
    clock: systemClock,
    telemetry,
    watchdog: { marginMs: config.deadlineMarginMs, isEnabled: config.isolation !== 'none' },
    snapshot: step,
  });
  supervisor = serving;
  onEndSignal((signal) => serving.drain(`Received ${signal.name}`, signal));
  return { ...(await serving.run()), guard };
}
