// An AWS Lambda environment on one machine: Runtime API, Invoke API and, if wanted, the runtime.
import { setImmediate as turn } from 'node:timers/promises';

import { IDLE_POLLS_MAX, WAIT_MS } from './emulator-limits.ts';
import {
  type EmulatorConfig,
  type EmulatorOptions,
  parseOptions,
  whole,
} from './emulator-options.ts';
import type { PeakLoad } from './environment-load.ts';
import { openEnvironment } from './environment-mode.ts';
import type { ExecutionEnvironment, Intake } from './environment-ports.ts';
import type { StateName } from './environment-state.ts';
import { ExchangeLog, type RuntimeExchange } from './exchange-log.ts';
import { FaultPlan } from './faults.ts';
import { openFunctionUrl } from './function-url/function-url-server.ts';
import type { HttpListener } from './http-listener.ts';
import { openInvokeApi } from './invoke-api-server.ts';
import { type InvokeOptions, toInvokeRequest } from './invoke-options.ts';
import { type InvokeResult, invokeFunction } from './invoke-service.ts';
import { ManagedRuntime } from './managed-runtime.ts';
import { openRuntimeApi } from './runtime-api-server.ts';
import type { Snapshot } from './snapshot.ts';
import { withinMs } from './within-ms.ts';

export type {
  EmulatorOptions,
  LogEntry,
  RouteHandler,
  RouteReply,
  RouteRequest,
} from './emulator-options.ts';
export type { PeakLoad } from './environment-load.ts';
export type { StateName } from './environment-state.ts';
export type { RuntimeExchange } from './exchange-log.ts';
export type { Endpoint, Fault, FaultPlan, FaultRule } from './faults.ts';
export type { InvocationType } from './invocation.ts';
export type { InvokeOptions } from './invoke-options.ts';
export type { InvokeResult } from './invoke-service.ts';

/**
 * A running emulator.
 *
 * @example
 * ```ts
 * await using emulator = await Emulator.start({ handler: 'index.handler', root: './src' });
 * const { payload } = await emulator.invoke({ name: 'world' });
 * ```
 */
export class Emulator {
  /** Faults of the Runtime API; add rules at any time. */
  readonly faults: FaultPlan;
  readonly #config: EmulatorConfig;
  readonly #environment: ExecutionEnvironment;
  readonly #exchanges: ExchangeLog;
  readonly #intake: Intake;
  readonly #runtime: ManagedRuntime;
  #runtimeApi: HttpListener | undefined;
  #invokeApi: HttpListener | undefined;
  #functionUrl: HttpListener | undefined;
  #closing: Promise<void> | undefined;

  private constructor(config: EmulatorConfig) {
    this.#config = config;
    this.faults = new FaultPlan(config.faults);
    this.#exchanges = new ExchangeLog(config.onExchange);
    this.#runtime = new ManagedRuntime({
      config,
      runtimeApi: () => this.runtimeApi,
      dropConnections: () => this.#runtimeApi?.dropConnections(),
      onLine: (line, source) => {
        config.onLog({ line, source, requestId: this.#environment.recordLine(line) });
      },
      onExit: (exit) => this.#environment.runtimeExited(exit),
    });
    const { environment, intake } = openEnvironment(config, {
      runtime: this.#runtime,
      writeLine: (line, requestId) => config.onLog({ line, source: 'platform', requestId }),
    });
    this.#environment = environment;
    this.#intake = intake;
  }

  /**
   * Opens the servers and, with `handler` or `command`, starts the runtime. It does not wait for
   * the runtime's Init; the first invocation does.
   *
   * @throws TypeError for a bad option; Error with code `EADDRINUSE` for a port that is taken.
   */
  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    const emulator = new Emulator(parseOptions(options));
    try {
      await emulator.#open();
    } catch (error) {
      await emulator.close();
      throw error;
    }
    return emulator;
  }

  /** `host:port` of the Runtime API: the value of `AWS_LAMBDA_RUNTIME_API`. */
  get runtimeApi(): string {
    return this.#runtimeApi?.address ?? '';
  }

  /** Base URL of the Invoke API: the endpoint to give to the AWS SDK. */
  get url(): string {
    return `http://${this.#invokeApi?.address ?? ''}`;
  }

  /** The Function URL, such as `http://127.0.0.1:9001/`; undefined without `functionUrlPort`. */
  get functionUrl(): string | undefined {
    return this.#functionUrl === undefined ? undefined : `http://${this.#functionUrl.address}/`;
  }

  /** Process id of the managed runtime; undefined while none runs. */
  get runtimePid(): number | undefined {
    return this.#runtime.pid;
  }

  /** Starts of the managed runtime after the first one. */
  get restartCount(): number {
    return this.#runtime.restartCount;
  }

  /** Invocations that run or wait for their turn. */
  get openInvocationCount(): number {
    return this.#intake.openCount;
  }

  /** Polls of the runtime that wait for an event. */
  get parkedCount(): number {
    return this.#environment.load.parked;
  }

  /** The most polls that ever waited, invocations that ever ran, and both together, at one time. */
  get peakLoad(): PeakLoad {
    return this.#environment.load.peak;
  }

  /** State of the environment in the contract's words. */
  get state(): StateName {
    return this.#environment.stateName;
  }

  /** The last 1000 exchanges of the Runtime API, oldest first, parked polls included. */
  get exchanges(): readonly RuntimeExchange[] {
    return this.#exchanges.all;
  }

  /**
   * Invokes the function. What the handler has written before its answer has come to `onLog` when
   * this resolves.
   *
   * @param event A value, sent as JSON; or a `Uint8Array`, sent as it is, JSON or not.
   * @returns Function errors and refusals are results, not exceptions.
   * @throws TypeError for a bad option.
   */
  async invoke(event?: unknown, options: InvokeOptions = {}): Promise<InvokeResult> {
    const request = toInvokeRequest(event, options, this.#config);
    const result = await invokeFunction(this.#intake, request);
    await this.#runtime.outputRead();
    return result;
  }

  /** Resolves when the runtime waits for an event, with `concurrency` in at least `count` polls, 1
   * by default; at once if it does already.
   * @throws Error after `timeoutMs`, 10,000 by default; TypeError for a bad count. */
  async waitForPoll(
    options: { readonly count?: number; readonly timeoutMs?: number } = {},
  ): Promise<void> {
    const { count = 1, timeoutMs = WAIT_MS } = options;
    whole('count', count, 1, this.#config.concurrency === undefined ? 1 : IDLE_POLLS_MAX);
    const what = count === 1 ? 'a poll of the runtime' : `${count} polls of the runtime`;
    await withinMs(timeoutMs, what, this.#environment.whenParked(count));
  }

  /** Resolves when the snapshot is taken and the runtime stands still; at once if it does.
   * @throws Error after `timeoutMs`, 10,000 by default; or without `snapStart`. */
  async waitForSnapshot(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const taken = this.#snapshot().whenTaken();
    await withinMs(options.timeoutMs ?? WAIT_MS, 'the snapshot', taken);
  }

  /** Goes on from the snapshot, which `snapStart` makes; resolves when the runtime has polled. */
  async restore(): Promise<void> {
    await this.#snapshot().restore();
  }

  /** Resolves to the first finished exchange that matches, past ones included.
   * @throws Error after `timeoutMs`, 10,000 by default. */
  async waitForExchange(
    matches: (exchange: RuntimeExchange) => boolean,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<RuntimeExchange> {
    const timeoutMs = options.timeoutMs ?? WAIT_MS;
    return await withinMs(timeoutMs, 'an exchange that matches', this.#exchanges.wait(matches));
  }

  /** Ends the runtime between two invocations and starts it again, for changed code. */
  async restartRuntime(): Promise<void> {
    await this.#intake.between(() => this.#environment.restart());
  }

  /** Answers open invocations with an error, ends the runtime, closes the servers. With `drains`
   * the runtime is told to end first, and what it still answers counts. */
  close(options: { readonly drains?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(options.drains ?? false);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #snapshot(): Snapshot {
    const { snapshot } = this.#environment;
    if (snapshot === undefined) throw new Error('Cannot use a snapshot: snapStart is not set');
    return snapshot;
  }

  async #open(): Promise<void> {
    const config = this.#config;
    this.#runtimeApi = await openRuntimeApi({
      // For the runtime on this machine, whoever else may invoke the function.
      host: '127.0.0.1',
      port: config.runtimeApiPort,
      environment: this.#environment,
      exchanges: this.#exchanges,
      faults: this.faults,
      withInvocationId: config.invocationId,
      limitsBandwidth: config.limitsBandwidth,
    });
    this.#invokeApi = await openInvokeApi({ config, intake: this.#intake });
    this.#functionUrl = await openFunctionUrl({ config, intake: this.#intake });
    this.#environment.warmUp();
  }

  async #close(drains: boolean): Promise<void> {
    const isStopped = this.#environment.close(drains);
    await this.#intake.between(async () => {});
    await isStopped;
    // The last replies are written in the turn after their invocations have ended.
    await turn();
    await turn();
    const servers = [this.#runtimeApi, this.#invokeApi, this.#functionUrl];
    await Promise.all(servers.map((server) => server?.close()));
  }
}
