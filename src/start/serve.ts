// Part of the composition root: everything but the first thread, which boots while this is loaded;
// and the service itself, until it ends.
import type { Config } from '../core/config.ts';
import type { StartTimes } from '../core/phases.ts';
import type { Guard } from '../guardian/guard.ts';
import type { SupervisorOutput } from '../output/supervisor-output.ts';
import type { LaunchedThread } from '../pool/thread-launch.ts';
import { type RunResult, Supervisor } from '../supervisor/supervisor.ts';
import { systemClock } from '../system-clock.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createPool } from './create-pool.ts';
import type { hearEndSignals } from './end-signals.ts';
import { openLanes, wrapLanes } from './open-lanes.ts';
import type { SnapshotState, Workers } from './worker-setup.ts';

export type ServeParts = {
  readonly output: SupervisorOutput;
  /** What did not work so far, in words. */
  readonly problems: readonly string[];
  readonly snapshot: SnapshotState | undefined;
  readonly workers: Workers;
  readonly launched: LaunchedThread | undefined;
  readonly onEndSignal: ReturnType<typeof hearEndSignals>;
  readonly startedAt: StartMoments;
};

/** On the clock of durations. */
export type StartMoments = Pick<StartTimes, 'loadedAtMs' | 'launchedAtMs'>;

export type Served = RunResult & { readonly guard: Guard | undefined };

export async function serve(config: Config, parts: ServeParts): Promise<Served> {
  const { output, problems, snapshot, workers, launched, onEndSignal, startedAt } = parts;
  const telemetry = createTelemetry({
    level: config.supervisorLevel,
    write: (line, level) => output.write(line, level),
    metricsPort: config.metricsPort,
    reportOf: config.isReporting ? toStartTimes(startedAt) : undefined,
  });
  for (const problem of problems) telemetry.problem(problem);
  let supervisor: Supervisor | undefined;
  const { pool, snapshotPool } = await createPool(
    config,
    { output, telemetry, workers, launched },
    {
      onUnfit: (reason) => supervisor?.retire(reason),
      onGivenUp: (reason, { error }) => supervisor?.giveUp(reason, error),
    },
  );
  void pool.start();
  const lanes = await openLanes(config, telemetry);
  // From here on the guardian takes an end that is not announced for an accident.
  const { journal } = config;
  const guardian = journal === undefined ? undefined : await import('../guardian/guard.ts');
  const guard = await guardian?.openGuard({
    journal: journal ?? '',
    laneCount: config.concurrency.laneCount,
    multiConcurrent: config.multiConcurrent,
    clock: systemClock,
    telemetry,
    openRecoveryApi: async () =>
      (await import('../runtime-api/recovery-api.ts')).createRecoveryApi(config.runtimeApi),
  });
  const apis = guard === undefined ? lanes : wrapLanes(lanes, guard.wrap);
  const [initApi] = apis;
  const step =
    snapshot &&
    snapshotPool &&
    (await (
      await import('./snapshot-step.ts')
    ).toStep(config, snapshot, { initApi, pool: snapshotPool, telemetry, guard }));
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

function toStartTimes(moments: StartMoments): StartTimes {
  const servingAtMs = systemClock.nowMonotonicMs();
  return { processAtMs: servingAtMs - performance.now(), ...moments, servingAtMs };
}
