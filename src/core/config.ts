// Environment and command line -> everything the runtime has to know before it starts.
import { type CacheRequest, toCacheRequest } from './compile-cache.ts';
import { type Capacities, type Concurrency, planConcurrency, type Sharing } from './concurrency.ts';
import { RuntimeError } from './errors.ts';
import { STANDBY_MEMORY_MB_MIN } from './limits.ts';
import type { RecycleLimits } from './recycle-policy.ts';
import {
  type Env,
  type Isolation,
  type Pipelining,
  parseSettings,
  type Settings,
} from './settings.ts';
import { LOG_LEVELS, type LogLevel } from './thread-protocol.ts';
import { parseFunctionMemory, workerHeapMb } from './worker-heap.ts';

export type Config = {
  /** `host:port`, not yet read. */
  readonly runtimeApi: string;
  /** Undefined: `_HANDLER` counts. */
  readonly handler: string | undefined;
  /** Folders in which the handler is looked for, in this order. */
  readonly taskRoots: readonly string[];
  readonly isolation: Isolation;
  readonly pipelining: Pipelining;
  readonly deadlineMarginMs: number;
  readonly standbyCount: number;
  readonly metricsPort: number | undefined;
  readonly recycle: RecycleLimits;
  readonly stuckLimit: number;
  readonly restartLimit: number;
  readonly profileDir: string | undefined;
  /** One line for each invocation, with where its time has gone. */
  readonly isReporting: boolean;
  readonly journal: string | undefined;
  readonly typescript: boolean;
  /** Undefined: none is looked for. */
  readonly compileCache: CacheRequest | undefined;
  /** What NODE_OPTIONS is for the handler; undefined: as it is. */
  readonly nodeOptions: string | undefined;
  /** Undefined outside Lambda. */
  readonly functionMemoryMb: number | undefined;
  readonly heapLimitMb: number | undefined;
  readonly multiConcurrent: boolean;
  readonly concurrency: Concurrency;
  /** An invocation whose thread another one has ended runs once more. */
  readonly retryNeighbours: boolean;
  /** The environment is to be restored from a snapshot. */
  readonly snapStart: boolean;
  readonly logFormat: 'TEXT' | 'JSON';
  /** The handler's console: everything when unset, as under the reference client (row A7.2). */
  readonly consoleLevel: LogLevel;
  /** The supervisor's own log. */
  readonly supervisorLevel: LogLevel;
};

export type ConfigInput = {
  readonly env: Env;
  /** HANDLER of the command line. */
  readonly handler: string | undefined;
  readonly workingFolder: string;
  /** Asked for with several events at once. */
  readonly capacities: () => Omit<Capacities, 'functionMemoryMb'>;
};

/**
 * @throws RuntimeError `Runtime.NotInLambda`, `Runtime.HandlerNotGiven` or
 * `Runtime.InvalidSetting`; each says what to do.
 */
export function parseConfig(input: ConfigInput): Config {
  const { env, handler, workingFolder } = input;
  const runtimeApi = env['AWS_LAMBDA_RUNTIME_API'];
  if (!runtimeApi) throw notInLambda(handler);
  const settings = parseSettings(env);
  // An image may hand over an empty `_HANDLER` (row A1.2 of the reference client's behaviour).
  if (!handler && !env['_HANDLER']) throw handlerNotGiven();
  const functionMemoryMb = parseFunctionMemory(env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  const concurrency = planConcurrency(
    env,
    () => ({ ...input.capacities(), functionMemoryMb }),
    sharing(settings),
  );
  const standbyCount =
    settings.standby ??
    defaultStandbyCount(settings.isolation, functionMemoryMb ?? 0, concurrency.threadCount);
  const level = logLevel(env['AWS_LAMBDA_LOG_LEVEL']);
  const multiConcurrent = env['AWS_LAMBDA_MAX_CONCURRENCY'] !== undefined;
  return {
    runtimeApi,
    handler: handler || undefined,
    taskRoots: taskRoots(workingFolder, env['LAMBDA_TASK_ROOT']),
    isolation: settings.isolation,
    pipelining: settings.pipelining,
    deadlineMarginMs: settings.deadlineMarginMs,
    standbyCount,
    metricsPort: settings.metricsPort,
    recycle: {
      afterInvocations: settings.recycleAfter,
      heapMb: settings.recycleHeapMb,
      ageS: settings.recycleAgeS,
    },
    stuckLimit: settings.stuckLimit,
    restartLimit: settings.restartLimit,
    profileDir: settings.profileDir,
    isReporting: settings.report,
    journal: settings.journal,
    typescript: settings.typescript === 'on',
    compileCache: toCacheRequest(env, settings, workingFolder),
    nodeOptions: settings.nodeOptions,
    functionMemoryMb,
    heapLimitMb: workerHeapMb(functionMemoryMb, concurrency.threadCount, standbyCount),
    multiConcurrent,
    concurrency,
    retryNeighbours: settings.retryNeighbours,
    snapStart: !multiConcurrent && env['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'snap-start',
    // Managed Instances read nothing but JSON, whatever the variable says (row A7.14).
    logFormat: multiConcurrent || isJson(env['AWS_LAMBDA_LOG_FORMAT']) ? 'JSON' : 'TEXT',
    consoleLevel: level ?? 'TRACE',
    supervisorLevel: verboseLevel(env['AWS_LAMBDA_RUNTIME_VERBOSE']) ?? level ?? 'INFO',
  };
}

/** A mode that uses up workers would start one on the path of each invocation without a standby;
 * where several threads serve, the others go on while one is replaced. */
function defaultStandbyCount(isolation: Isolation, memoryMb: number, threadCount: number): number {
  const usesUpWorkers = isolation === 'invocation' || isolation === 'tenant';
  return usesUpWorkers || (memoryMb >= STANDBY_MEMORY_MB_MIN && threadCount === 1) ? 1 : 0;
}

function sharing({ isolation, placement }: Settings): Sharing {
  if (isolation === 'none') return 'main';
  return isolation === 'shared' && placement === 'spread' ? 'several' : 'one';
}

function isJson(format: string | undefined): boolean {
  return format?.toUpperCase() === 'JSON';
}

/** The reference client's switch for lines about itself, read as there (docs/adr/0013-logs.md). */
function verboseLevel(text: string | undefined): LogLevel | undefined {
  const verbosity = Number.parseInt(text ?? '', 10);
  if (verbosity >= 2) return 'TRACE';
  return verbosity === 1 ? 'DEBUG' : undefined;
}

function logLevel(text: string | undefined): LogLevel | undefined {
  const upper = text?.toUpperCase();
  return LOG_LEVELS.find((level) => level === upper);
}

/** An image's code need not lie where the platform says the task root is (row A1.3). */
function taskRoots(workingFolder: string, taskRoot: string | undefined): readonly string[] {
  return [...new Set([workingFolder, ...(taskRoot ? [taskRoot] : [])])];
}

function notInLambda(handler: string | undefined): RuntimeError {
  return new RuntimeError(
    'Runtime.NotInLambda',
    'Cannot start: AWS_LAMBDA_RUNTIME_API is not set, so this is not a Lambda environment. ' +
      `To run the function on this machine: bulkhead dev ${handler ?? 'HANDLER'}`,
  );
}

function handlerNotGiven(): RuntimeError {
  return new RuntimeError(
    'Runtime.HandlerNotGiven',
    'Cannot start: no handler is given. Name it as FILE.EXPORT, for example ' +
      '"bulkhead start index.handler", or set _HANDLER',
  );
}
