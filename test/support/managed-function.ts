// Managed Instances: a handler that takes the steps of its events (handlers/neighbours.mjs)
// behind the real runtime, a process of its own under the emulator, and a gate for its steps.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type {
  Emulator,
  EmulatorOptions,
  InvokeOptions,
  InvokeResult,
  LogEntry,
  RuntimeExchange,
} from '../../src/emulator/emulator.ts';
import { Gate } from './gate.ts';
import { startFunction } from './start-function.ts';

export type Step = readonly [name: string, ...args: unknown[]];

/** What the handler returns. */
export type Told = {
  readonly requestId: string;
  readonly threadId: number;
  readonly pid: number;
  /** The most invocations that were in its thread while it was, itself included. */
  readonly most: number;
  readonly token?: unknown;
  readonly isTraced: boolean;
};

export type ManagedOptions = Omit<EmulatorOptions, 'concurrency' | 'handler'> & {
  readonly concurrency: number;
  /** Threads; without it the runtime's default counts. */
  readonly threads?: number;
  /** Export of the fixture. */
  readonly handler?: 'handler' | 'streaming' | 'callback';
};

export class ManagedFunction {
  readonly emulator: Emulator;
  readonly gate: Gate;
  readonly log: readonly LogEntry[];
  /** All that are finished, in the order of their ends. */
  readonly exchanges: readonly RuntimeExchange[];

  private constructor(
    emulator: Emulator,
    gate: Gate,
    log: readonly LogEntry[],
    exchanges: readonly RuntimeExchange[],
  ) {
    this.emulator = emulator;
    this.gate = gate;
    this.log = log;
    this.exchanges = exchanges;
  }

  /** Resolves when all polls are parked. */
  static async start(context: TestContext, options: ManagedOptions): Promise<ManagedFunction> {
    const { threads, handler = 'handler', env, ...rest } = options;
    const gate = await Gate.start(context);
    const exchanges: RuntimeExchange[] = [];
    const { emulator, log } = await startFunction(context, `neighbours.${handler}`, {
      memoryMb: 1024,
      timeoutMs: 60_000,
      onExchange: (exchange) => exchanges.push({ ...exchange }),
      env: {
        GATE: gate.address,
        BULKHEAD_STANDBY: '0',
        ...(threads === undefined ? {} : { AWS_LAMBDA_NODEJS_WORKER_COUNT: String(threads) }),
        ...env,
      },
      ...rest,
    });
    await emulator.waitForPoll({ count: options.concurrency, timeoutMs: 60_000 });
    return new ManagedFunction(emulator, gate, log, exchanges);
  }

  run(
    steps: readonly Step[],
    options: InvokeOptions & { token?: unknown } = {},
  ): Promise<InvokeResult> {
    const { token, ...rest } = options;
    return this.emulator.invoke({ steps, token }, rest);
  }

  /** Starts one that waits at the gate under its name, which is its request id as well, and then
   * takes the steps; resolves when it waits there. */
  async hold(
    name: string,
    steps: readonly Step[] = [],
    options: InvokeOptions = {},
  ): Promise<Held> {
    const result = this.run([['gate', name], ...steps], { requestId: name, ...options });
    const nth = this.gate.arrivals(name).length + 1;
    const ended = result.then(({ payload }) => {
      throw new Error(`Cannot hold ${name}: it has ended with ${JSON.stringify(payload)}`);
    });
    const { threadId } = await Promise.race([this.gate.arrived(name, nth), ended]);
    ended.catch(() => {});
    return { name, threadId, result, go: () => this.gate.open(name) };
  }

  /** Of the answers to that id, as `endpoint status`. */
  answers(requestId: string): string[] {
    return this.exchanges
      .filter((one) => one.requestId === requestId && one.endpoint !== 'next')
      .map(({ endpoint, status }) => `${endpoint} ${status}`);
  }

  /** When the first answer to that id came, on the clock of `Date.now()`. */
  answeredAt(requestId: string): number {
    const answer = this.exchanges.find(
      (one) => one.requestId === requestId && one.endpoint !== 'next',
    );
    assert(answer !== undefined, `${requestId} was answered`);
    return answer.arrivedAtEpochMs;
  }

  /** The supervisor's own lines. */
  get events(): readonly Record<string, unknown>[] {
    return this.log
      .filter(({ line, source }) => source === 'stderr' && line.startsWith('{'))
      .map(({ line }) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Nothing of the process was lost. */
  checkProcess(pid: number): void {
    assert.equal(this.emulator.restartCount, 0);
    assert.equal(this.emulator.runtimePid, pid);
  }
}

/** One that waits at the gate. */
export type Held = {
  readonly name: string;
  readonly threadId: number;
  readonly result: Promise<InvokeResult>;
  readonly go: () => void;
};

/** @throws AssertionError for an invocation that has failed. */
export function toTold({ payload, functionError, requestId }: InvokeResult): Told {
  assert.equal(functionError, undefined, `${requestId}: ${JSON.stringify(payload)}`);
  return payload as Told;
}

export type ToldError = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
};

/** @throws AssertionError for an invocation that has not failed. */
export function toError({ payload, functionError, requestId }: InvokeResult): ToldError {
  assert.equal(functionError, 'Unhandled', `${requestId}: ${JSON.stringify(payload)}`);
  return payload as ToldError;
}
