// The handler of test/fixtures/faults behind the real runtime, and what can be watched of it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Emulator,
  type InvokeResult,
  type LogEntry,
  type RuntimeExchange,
} from '../../../src/emulator/emulator.ts';
import { DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_MS, type Setup } from './fault-row.ts';
import { type Footprint, settle } from './probe.ts';

const ROOT = fileURLToPath(new URL('../../fixtures/faults', import.meta.url));
const CLI = fileURLToPath(new URL('../../../dist/src/cli.js', import.meta.url));
const BOOTSTRAP = fileURLToPath(
  new URL('../../../dist/src/guardian/bootstrap.sh', import.meta.url),
);
const HANDLER = 'handler.handler';
const TELL_EXIT = '"$@"; status=$?; echo "exit status $status"; exit $status';
const EXIT_TELLER = ['/bin/sh', '-c', TELL_EXIT, 'sh'];
/** Lines that are kept when somebody else gets all of them. */
const LINES_KEPT = 500;
/** How long the log may take to say something, ms. */
const LOG_MS_MAX = 30_000;
/** How long the process may take to hold still, ms. */
const STEADY_MS_MAX = 10_000;

export type FaultyFunction = {
  readonly emulator: Emulator;
  readonly log: LogEntry[];
  /** What the runtime is told. */
  readonly timeoutMs: number;
  /** How much longer the platform waits. */
  readonly slackMs: number;
  readonly workerCount: number;
};

export type Facts = { readonly pid: number; readonly threadId: number; readonly count: number };

export type StartOptions = {
  /** The exit status of the process is written to the log. */
  readonly isExitTold?: boolean;
  readonly slackMs?: number;
  /** Gets every finished exchange; the emulator itself keeps the last ones only. */
  readonly onExchange?: (exchange: RuntimeExchange) => void;
  /** Gets every line of the log; the function then keeps the last ones only. */
  readonly onLine?: (entry: LogEntry) => void;
  /** For Node itself; not under the guardian. */
  readonly nodeOptions?: readonly string[];
};

/** Starts what `npm run build` has built; the caller closes the emulator. */
export async function startFaulty(
  setup: Setup = {},
  options: StartOptions = {},
): Promise<FaultyFunction> {
  const { memoryMb = DEFAULT_MEMORY_MB, timeoutMs = DEFAULT_TIMEOUT_MS } = setup;
  const { initTimeoutMs, env = {} } = setup;
  const { isExitTold = false, slackMs = 0, onExchange, onLine, nodeOptions = [] } = options;
  const log: LogEntry[] = [];
  const emulator = await Emulator.start({
    root: ROOT,
    handler: HANDLER,
    command: [...(isExitTold ? EXIT_TELLER : []), ...commandOf(setup, nodeOptions)],
    timeoutMs,
    memoryMb,
    env: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG', NODE: process.execPath, ...env },
    onLog: (entry) => {
      log.push(entry);
      if (onLine !== undefined && log.length > LINES_KEPT) log.shift();
      onLine?.(entry);
    },
    ...(onExchange === undefined ? {} : { onExchange }),
    ...(initTimeoutMs === undefined ? {} : { initTimeoutMs }),
  });
  const standby = Number(env['BULKHEAD_STANDBY'] ?? (memoryMb >= DEFAULT_MEMORY_MB ? 1 : 0));
  return { emulator, log, timeoutMs, slackMs, workerCount: 1 + standby };
}

/** @throws Error when there is no guardian to start it with. */
function commandOf({ isGuarded = false }: Setup, nodeOptions: readonly string[]): string[] {
  if (!isGuarded) return [process.execPath, ...nodeOptions, CLI, 'start', HANDLER];
  if (!existsSync(BOOTSTRAP)) throw new Error(`Cannot start the guardian: no ${BOOTSTRAP}`);
  return ['/bin/sh', BOOTSTRAP, HANDLER];
}

/** A healthy event, answered as it has to be. @throws Error with the answer when it is not. */
export async function succeed(running: FaultyFunction): Promise<Facts> {
  const { emulator, log, timeoutMs, slackMs } = running;
  const result = await emulator.invoke({}, { timeoutMs: timeoutMs + slackMs });
  if (isCorrect(result)) return result.payload as Facts;
  throw new Error(`Cannot go on, a healthy event fails: ${told(result)}\n${toText(log)}`);
}

export function isCorrect({ functionError, statusCode, payload }: InvokeResult): boolean {
  return (
    statusCode === 200 && functionError === undefined && typeof (payload as Facts).pid === 'number'
  );
}

export function told({ payload, functionError }: InvokeResult): string {
  return `${functionError ?? 'a result'}: ${JSON.stringify(payload)?.slice(0, 500)}`;
}

/** Serves one event, waits for all workers, and returns what the process holds when it is calm. */
export async function becomeCalm(
  running: FaultyFunction,
): Promise<{ readonly facts: Facts; readonly footprint: Footprint }> {
  const facts = await succeed(running);
  await until(running, () => running.log.filter(isWorkerStart).length >= running.workerCount);
  const footprint = await settle(facts.pid, STEADY_MS_MAX);
  if (footprint === undefined)
    throw new Error(`Cannot go on, it has ended:\n${toText(running.log)}`);
  return { facts, footprint };
}

const isWorkerStart = ({ line }: LogEntry): boolean => line.includes('"worker_started"');

/**
 * Resolves once the condition holds. The log of a managed runtime has no event to wait for.
 *
 * @throws Error with the end of the log after LOG_MS_MAX.
 */
export async function until(
  { log }: Pick<FaultyFunction, 'log'>,
  condition: () => boolean,
): Promise<void> {
  const endMs = performance.now() + LOG_MS_MAX;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`Cannot wait any longer:\n${toText(log)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What the Runtime API was told about an invocation, oldest first. */
export function postsFor(emulator: Emulator, requestId: string): readonly RuntimeExchange[] {
  return emulator.exchanges.filter(
    (one) => one.requestId === requestId && ['response', 'error'].includes(one.endpoint),
  );
}

export function toText(log: readonly LogEntry[]): string {
  return log
    .slice(-30)
    .map(({ line, source }) => `${source}: ${line.slice(0, 250)}`)
    .join('\n');
}
