// The options of an emulator: their types, their defaults, and what is wrong with a bad one.
import { resolve } from 'node:path';

import {
  CONCURRENCY_MAX,
  FUNCTION_TIMEOUT_MS,
  FUNCTION_TIMEOUT_MS_MAX,
  INIT_MS_MAX,
  LONG_INIT_MS_MAX,
  QUEUE_LENGTH_LIMIT,
  QUEUE_LENGTH_MAX,
  RESTORE_MS_MAX,
} from './emulator-limits.ts';
import type { RuntimeExchange } from './exchange-log.ts';
import type { FaultRule } from './faults.ts';
import { CONCURRENCY_VARIABLE } from './runtime-environment.ts';

/** One line of a log. */
export type LogEntry = {
  readonly line: string;
  /** `platform`: START, END, REPORT and what else Lambda writes itself. */
  readonly source: 'stdout' | 'stderr' | 'platform';
  /** The invocation that ran at that time, if one did. */
  readonly requestId: string | undefined;
};

export type RouteRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

export type RouteReply = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
};

export type RouteHandler = (request: RouteRequest) => RouteReply | Promise<RouteReply>;

export type EmulatorOptions = {
  /** `file.export`; the emulator then runs this package's own runtime with it. */
  readonly handler?: string;
  /** Folder of the function's code, and working directory of the runtime. Default: the host's. */
  readonly root?: string;
  /** Any runtime: program and arguments. Excludes nothing: with `handler` it sets `_HANDLER`. */
  readonly command?: readonly string[];
  /** Variables for the runtime; they win over all others. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default `function`; unless it is given, every name is accepted. */
  readonly functionName?: string;
  /** Default 128, in MB. */
  readonly memoryMb?: number;
  /** Default 3000, from 1 to 900,000. */
  readonly timeoutMs?: number;
  /** Time for Init before it is repeated on the function's clock. Default 10,000. */
  readonly initTimeoutMs?: number;
  /** SnapStart: the runtime is frozen when it says that a snapshot may be taken, and goes on when
   * `restore()` is called or an invocation comes. Default false. */
  readonly snapStart?: boolean;
  /** Time for a restore and the hooks behind it. Default 10,000. */
  readonly restoreTimeoutMs?: number;
  /** Managed Instances: that many invocations at once in one environment, from 1 to 1000. The
   * runtime finds the number in `AWS_LAMBDA_MAX_CONCURRENCY`. Default: standard mode, one. */
  readonly concurrency?: number;
  readonly region?: string;
  /** Twelve digits. */
  readonly accountId?: string;
  /** Address of the Invoke API; the Runtime API is on `127.0.0.1`. Default `127.0.0.1`. */
  readonly host?: string;
  /** Port of the Invoke API; 0, the default, takes any free one. */
  readonly port?: number;
  /** Port of the Runtime API; 0, the default, takes any free one. */
  readonly runtimeApiPort?: number;
  /** Port of a Function URL on the same address: HTTP requests become events of payload format
   * 2.0. 0 takes any free one. Default: none. */
  readonly functionUrlPort?: number;
  /** True: streamed responses get Lambda's bandwidth, 6 MiB at once and then 2 MiB a second.
   * Default false. */
  readonly limitsBandwidth?: boolean;
  /** Invocations that may wait behind the running one; more get a 429. Default 100. */
  readonly queueLength?: number;
  /** False: no `Lambda-Runtime-Invocation-Id` on `/next`, and no check of it. Default true. */
  readonly invocationId?: boolean;
  readonly faults?: readonly FaultRule[];
  /** Further paths of the Invoke API's server, such as `/metrics`. */
  readonly routes?: Readonly<Record<string, RouteHandler>>;
  /** Gets every line of the log. Default: the runtime's own lines go to the host's stderr. */
  readonly onLog?: (entry: LogEntry) => void;
  /** Gets every finished exchange of the Runtime API. */
  readonly onExchange?: (exchange: RuntimeExchange) => void;
};

type OptionalName =
  | 'handler'
  | 'command'
  | 'onExchange'
  | 'functionName'
  | 'functionUrlPort'
  | 'concurrency';

export type EmulatorConfig = Required<Omit<EmulatorOptions, OptionalName>> & {
  readonly handler: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly onExchange: ((exchange: RuntimeExchange) => void) | undefined;
  readonly functionName: string;
  readonly acceptsAnyName: boolean;
  readonly functionUrlPort: number | undefined;
  readonly concurrency: number | undefined;
};

/**
 * Fills in defaults.
 *
 * @throws TypeError naming the option, its value and what it accepts.
 */
export function parseOptions(options: EmulatorOptions): EmulatorConfig {
  const functionName = options.functionName ?? 'function';
  check(/^[a-zA-Z0-9-_]{1,140}$/.test(functionName), 'functionName', functionName, NAME);
  const accountId = options.accountId ?? '012345678912';
  check(/^\d{12}$/.test(accountId), 'accountId', accountId, 'twelve digits');
  const { command } = options;
  check(command === undefined || Boolean(command[0]), 'command', '[]', 'a program and arguments');
  check(options.handler !== '', 'handler', '', 'file.export, such as "index.handler"');
  const snapStart = options.snapStart ?? false;
  const timeoutMs = options.timeoutMs ?? FUNCTION_TIMEOUT_MS;
  const concurrency = parseConcurrency(options);
  const isLongInit = snapStart || concurrency !== undefined;
  const initMs = isLongInit ? Math.max(LONG_INIT_MS_MAX, timeoutMs) : INIT_MS_MAX;
  const routes = options.routes ?? {};
  for (const path of Object.keys(routes)) {
    check(/^\/(?!20(15-03-31|21-11-15)\/)/.test(path), 'routes', path, ROUTES);
  }
  return {
    handler: options.handler,
    command,
    root: resolve(options.root ?? '.'),
    env: options.env ?? {},
    functionName,
    acceptsAnyName: options.functionName === undefined,
    memoryMb: whole('memoryMb', options.memoryMb ?? 128, 1, 1_000_000),
    timeoutMs: whole('timeoutMs', timeoutMs, 1, FUNCTION_TIMEOUT_MS_MAX),
    initTimeoutMs: whole(
      'initTimeoutMs',
      options.initTimeoutMs ?? initMs,
      1,
      FUNCTION_TIMEOUT_MS_MAX,
    ),
    snapStart,
    restoreTimeoutMs: whole(
      'restoreTimeoutMs',
      options.restoreTimeoutMs ?? RESTORE_MS_MAX,
      1,
      FUNCTION_TIMEOUT_MS_MAX,
    ),
    concurrency,
    region: options.region ?? process.env['AWS_REGION'] ?? 'us-east-1',
    accountId,
    host: options.host ?? '127.0.0.1',
    port: whole('port', options.port ?? 0, 0, 65_535),
    runtimeApiPort: whole('runtimeApiPort', options.runtimeApiPort ?? 0, 0, 65_535),
    functionUrlPort:
      options.functionUrlPort === undefined
        ? undefined
        : whole('functionUrlPort', options.functionUrlPort, 0, 65_535),
    limitsBandwidth: options.limitsBandwidth ?? false,
    queueLength: whole(
      'queueLength',
      options.queueLength ?? QUEUE_LENGTH_MAX,
      0,
      QUEUE_LENGTH_LIMIT,
    ),
    invocationId: options.invocationId ?? true,
    faults: options.faults ?? [],
    routes,
    onLog: options.onLog ?? logToStderr,
    onExchange: options.onExchange,
  };
}

function parseConcurrency({
  concurrency,
  env = {},
  snapStart,
}: EmulatorOptions): number | undefined {
  if (concurrency === undefined) return undefined;
  whole('concurrency', concurrency, 1, CONCURRENCY_MAX);
  check(snapStart !== true, 'snapStart', 'true', 'false when "concurrency" is set');
  if (Object.hasOwn(env, CONCURRENCY_VARIABLE)) {
    throw new TypeError(
      `Cannot use env.${CONCURRENCY_VARIABLE}="${env[CONCURRENCY_VARIABLE]}": ` +
        `"concurrency" is ${concurrency} and sets it; leave one of the two out`,
    );
  }
  return concurrency;
}

const ROUTES = 'paths that start with a slash';
const NAME = 'up to 140 letters, digits, "-" and "_"';

/** A whole number within bounds; also checks the options of a single invocation. */
export function whole(option: string, value: number, min: number, max: number): number {
  const isValid = Number.isInteger(value) && value >= min && value <= max;
  check(isValid, option, String(value), `a whole number from ${min} to ${max}`);
  return value;
}

function check(isValid: boolean, option: string, value: string, accepts: string): void {
  if (!isValid) throw new TypeError(`Cannot use ${option}="${value}": it accepts ${accepts}`);
}

function logToStderr(entry: LogEntry): void {
  if (entry.source !== 'platform') process.stderr.write(`${entry.line}\n`);
}
