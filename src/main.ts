// Composition root: reads the environment, has the first thread start, loads and runs the rest,
// ends the process. What is imported here is what stands before that thread at a cold start.
import { type Config, parseConfig } from './core/config.ts';
import { isRuntimeError } from './core/errors.ts';
import { cpuCount } from './os/cpu-count.ts';
import { fileLimit } from './os/file-limit.ts';
import { type OpenedTarget, openLogTarget } from './output/log-target.ts';
import { SupervisorOutput } from './output/supervisor-output.ts';
import { hearEndSignals } from './start/end-signals.ts';
import { prepareEnvironment } from './start/process-environment.ts';
import type { Served } from './start/serve.ts';
import { shippedCache } from './start/shipped-cache.ts';
import { launchFirst, type SnapshotState, setUpWorkers } from './start/worker-setup.ts';
import { systemClock } from './system-clock.ts';

export type RuntimeOptions = {
  /** HANDLER of the command line; `_HANDLER` counts when undefined. */
  readonly handler: string | undefined;
  /** The process's own, `process.env`: `_HANDLER` is written to it, and workers get a copy. */
  readonly env: NodeJS.ProcessEnv;
};

/** Asked for with several events at once. */
const capacities = (): { cpuCount: number; fileLimit: number | undefined } => ({
  cpuCount: cpuCount(),
  fileLimit: fileLimit(),
});

/** Exit code when the command line or the environment is wrong. */
const EXIT_USAGE = 2;
/** Exit code when the runtime itself cannot be loaded or built. */
const EXIT_DEFECT = 1;

const loadedAtMs = systemClock.nowMonotonicMs();

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
    result = await start(config, output, await openLogTarget(options.env, config.multiConcurrent));
  } catch (error) {
    // Before anything else that may fail.
    output.writeText(`bulkhead: ${messageOf(error)}\n`);
    const { isUsageError, reportUnstartable } = await import('./start/unstartable.ts');
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

function messageOf(error: unknown): string {
  if (isRuntimeError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function start(
  config: Config,
  output: SupervisorOutput,
  opened: OpenedTarget,
): Promise<Served> {
  // Before there is a thread: whoever sees a handler's first line may send one.
  const onEndSignal = hearEndSignals();
  const { target } = opened;
  if (target !== undefined) output.useTarget(target);
  if (config.profileDir !== undefined) {
    const { checkWritableFolder } = await import('./os/writable-folder.ts');
    checkWritableFolder('BULKHEAD_PROFILE_DIR', config.profileDir);
  }
  const snapshot: SnapshotState | undefined = config.snapStart ? { phase: 'awaited' } : undefined;
  const problems = [opened.problem, config.concurrency.shortage].filter((one) => one !== undefined);
  const compileCache = await shippedCache(config, (problem) => problems.push(problem));
  const parts = { output, target, snapshot, compileCache };
  const workers = setUpWorkers(config, parts, import.meta.url);
  const startedAt = { loadedAtMs, launchedAtMs: systemClock.nowMonotonicMs() };
  const launched = launchFirst(config, workers);
  // The thread boots meanwhile.
  const { serve } = await import('./start/serve.ts');
  const loaded = { output, problems, snapshot, workers, launched, onEndSignal, startedAt };
  return serve(config, loaded);
}
