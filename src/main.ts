// Composition root: reads the environment, builds the rooms, runs the supervisor, ends the process.
// The order of imports is the cold start: the worker thread boots while the rest is loaded.
import { extname } from 'node:path';
import { type Config, parseConfig } from './core/config.ts';
import { isRuntimeError } from './core/errors.ts';
import type { HandlerPool, RuntimeApi, SnapshotPool } from './core/ports.ts';
import type { Telemetry } from './core/telemetry-port.ts';
import type { LogTarget, WorkerSetup } from './core/thread-protocol.ts';
import { VERSION } from './core/version.ts';
import type { Guard } from './guardian/guard.ts';
import { publishHandler } from './os/handler-variable.ts';
import { layerPath } from './os/layer-path.ts';
import { type OpenedTarget, openLogTarget } from './output/log-target.ts';
import { SUPERVISOR_OWNER, SupervisorOutput } from './output/supervisor-output.ts';
import { WRITE_GATE_BYTES } from './output/write-gate.ts';
import type { HandlerPoolOptions } from './pool/handler-pool-options.ts';
import type { SnapshotState } from './snapshot-step.ts';
import type { RunResult, Supervisor } from './supervisor/supervisor.ts';
import { systemClock } from './system-clock.ts';

export type RuntimeOptions = {
  /** HANDLER of the command line; `_HANDLER` counts when undefined. */
  readonly handler: string | undefined;
  /** The process's own, `process.env`: `_HANDLER` is written to it, and workers get a copy. */
  readonly env: NodeJS.ProcessEnv;
};

type PoolOutputs = {
  readonly output: SupervisorOutput;
  readonly target: LogTarget | undefined;
  readonly telemetry: Telemetry;
  readonly snapshot: SnapshotState | undefined;
};

type Served = RunResult & { readonly guard: Guard | undefined };

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
    const config = parseConfig({ ...options, workingFolder: process.cwd() });
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

/** Of this process, of which each worker gets a copy. */
function prepareEnvironment(env: NodeJS.ProcessEnv, config: Config): void {
  const { handler, isolation, nodeOptions } = config;
  // A matter between the guardian and this thread.
  delete env['BULKHEAD_JOURNAL'];
  delete env['BULKHEAD_NODE_OPTIONS'];
  const hasPreloads = Boolean(env['NODE_OPTIONS']) || process.execArgv.length > 0;
  publishHandler({ env, handler, isInline: isolation === 'none', hasPreloads });
  if (nodeOptions !== undefined) env['NODE_OPTIONS'] = nodeOptions;
  const nodePath = env['NODE_PATH'] || layerPath(process.versions.node);
  if (nodePath) env['NODE_PATH'] = nodePath;
}

async function serve(
  config: Config,
  output: SupervisorOutput,
  { target, problem }: OpenedTarget,
): Promise<Served> {
  if (target !== undefined) output.useTarget(target);
  const { createTelemetry } = await import('./telemetry/telemetry.ts');
  const telemetry = createTelemetry({
    level: config.supervisorLevel,
    write: (line, level) => output.write(line, level),
    metricsPort: config.metricsPort,
  });
  if (problem !== undefined) telemetry.problem(problem);
  if (config.profileDir !== undefined) {
    const { checkWritableFolder } = await import('./os/writable-folder.ts');
    checkWritableFolder('BULKHEAD_PROFILE_DIR', config.profileDir);
  }
  // The pool is built first, so that its thread boots while the supervisor is loaded.
  let supervisor: Supervisor | undefined;
  const snapshot: SnapshotState | undefined = config.snapStart ? { phase: 'awaited' } : undefined;
  const pool = await createPool(
    config,
    { output, target, telemetry, snapshot },
    {
      onUnfit: (reason) => supervisor?.retire(reason),
      onGivenUp: (reason, { error }) => supervisor?.giveUp(reason, error),
    },
  );
  void pool.start();
  const { journal } = config;
  const [{ createApi }, { Supervisor }, guardian] = await Promise.all([
    import('./runtime-api/create-api.ts'),
    import('./supervisor/supervisor.ts'),
    journal === undefined ? undefined : import('./guardian/guard.ts'),
  ]);
  const api = createApi(config.runtimeApi, {
    clock: systemClock,
    userAgent: `lambda-bulkhead/${VERSION}`,
    pipelining: config.pipelining,
    onMoment: (moment) => telemetry.runtimeApi(moment),
  });
  // From here on the guardian takes an end that is not announced for an accident.
  const guard = await guardian?.openGuard({
    journal: journal ?? '',
    laneCount: 1,
    multiConcurrent: config.multiConcurrent,
    clock: systemClock,
    telemetry,
    openRecoveryApi: async () =>
      (await import('./runtime-api/recovery-api.ts')).createRecoveryApi(config.runtimeApi),
  });
  const first = guard?.wrap(api, 0) ?? api;
  const parts = { initApi: first, pool, telemetry, guard };
  const step = snapshot && (await import('./snapshot-step.ts')).toStep(config, snapshot, parts);
  const serving = new Supervisor({
    apis: [first],
    pool,
    clock: systemClock,
    telemetry,
    watchdog: { marginMs: config.deadlineMarginMs, isEnabled: config.isolation !== 'none' },
    snapshot: step,
  });
  supervisor = serving;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, (_name: NodeJS.Signals, number: number) => {
      serving.drain(`Received ${signal}`, { name: signal, number });
    });
  }
  return { ...(await serving.run()), guard };
}

async function createPool(
  config: Config,
  { output, target, telemetry, snapshot }: PoolOutputs,
  ends: Pick<HandlerPoolOptions, 'onUnfit' | 'onGivenUp'>,
): Promise<HandlerPool & SnapshotPool> {
  const setup = (owner: number): WorkerSetup => ({
    handler: config.handler,
    taskRoots: config.taskRoots,
    typescript: config.typescript,
    argv: programArguments(config.handler),
    hasOwnPreloads: config.nodeOptions !== undefined,
    multiConcurrent: config.multiConcurrent,
    snapshotPhase: snapshot?.phase,
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
      import('./pool/inline-pool.ts'),
      import('../workers/inline-handler.ts'),
    ]);
    const pool: InstanceType<typeof InlinePool> = new InlinePool((stream) =>
      createInlineRunner(setup(SUPERVISOR_OWNER), stream, (words) => pool.crash(words)),
    );
    return pool;
  }
  const { WorkerPool } = await import('./pool/handler-pool.ts');
  const { memoryLimitBytes } = await import('./os/memory-limit.ts');
  const { processMemoryReader } = await import('./os/process-memory.ts');
  const entry = `../workers/handler-worker${extname(import.meta.filename)}`;
  return new WorkerPool({
    clock: systemClock,
    telemetry,
    activeCount: 1,
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
    entry: new URL(entry, import.meta.url),
    setup,
    onThreadEnding: ({ gate }) => output.threadEnding(gate),
    onThreadGone: (owner) => output.threadGone(owner),
  });
}

/** What follows the path of Node: as under the reference client the program, then the handler. */
function programArguments(handler: string | undefined): readonly string[] {
  return [process.argv[1] ?? '', ...(handler === undefined ? [] : [handler])];
}

/** Where a Runtime API can be reached, a start that cannot be is reported to it (row A1.6). */
async function reportUnstartable(env: NodeJS.ProcessEnv, error: unknown): Promise<void> {
  const address = env['AWS_LAMBDA_RUNTIME_API'];
  if (!address || !isRuntimeError(error)) return;
  const { createApi } = await import('./runtime-api/create-api.ts');
  let api: RuntimeApi;
  try {
    api = createApi(address, {
      clock: systemClock,
      userAgent: `lambda-bulkhead/${VERSION}`,
      pipelining: 'off',
      onMoment: () => {},
    });
  } catch {
    // The address is what is wrong, or is wrong as well: there is nobody to report to.
    return;
  }
  const { errorType, message: errorMessage } = error;
  await api.initError({ errorType, errorMessage, trace: [] }, errorType);
}

/** A platform that does not do its part is nobody's wrong setting. */
function isUsageError(error: unknown): boolean {
  return isRuntimeError(error) && error.errorType !== 'Runtime.PlatformError';
}

function messageOf(error: unknown): string {
  if (isRuntimeError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
