// One execution environment in standard mode: polls that wait, the invocation that runs, the clock
// of the function, Init, and the reset after a timeout or the runtime's death.
import { setImmediate as turn } from 'node:timers/promises';
import { toExit, toFunctionError, toServiceFailure, toTimeout } from './answers.ts';
import { EnvironmentState, type RuntimeCall, type StateName } from './environment-state.ts';
import { InitPhase } from './init-phase.ts';
import type { Answer, Invocation } from './invocation.ts';
import type { RuntimeControl } from './runtime-control.ts';
import type { RuntimeExit } from './runtime-process.ts';
import { openSnapshot, type Snapshot } from './snapshot.ts';

export type EnvironmentOptions = {
  readonly runtime: RuntimeControl;
  readonly memoryMb: number;
  readonly initMsMax: number;
  /** Time for a restore, ms; undefined: there is no snapshot. */
  readonly restoreMsMax: number | undefined;
  readonly writeLine: (line: string, requestId: string | undefined) => void;
};

/** A `/next` that waits. Its connection may be dead; nobody checks, as in Lambda. */
type Poll = PromiseWithResolvers<Invocation | undefined>;

export class Environment {
  readonly #options: EnvironmentOptions;
  readonly #state = new EnvironmentState();
  readonly snapshot: Snapshot | undefined;
  #polls: Poll[] = [];
  #parked = Promise.withResolvers<void>();
  #current: Invocation | undefined;
  /** Outlives #current by the moment in which the last output is read. */
  #logOwner: Invocation | undefined;
  readonly #init = new InitPhase();
  #initFailure: ((requestId: string) => Answer) | undefined;
  #resetCount = 0;
  #isClosed = false;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.snapshot = openSnapshot(options, this.#state, {
      onPrepared: () => this.#init.forget(),
      isWanted: () => this.#current !== undefined,
      onFailure: (failure) => {
        this.#initFailure = failure;
      },
    });
  }

  get stateName(): StateName {
    return this.#state.name;
  }

  /** The invocation whose id the runtime may name. */
  get current(): Invocation | undefined {
    return this.#current;
  }

  /** Changes when the environment starts anew; what began before is then void. */
  get resetCount(): number {
    return this.#resetCount;
  }

  /** Resolves when the environment waits for an event; at once if it does already. */
  whenParked(): Promise<void> {
    return this.#state.name === 'Ready' ? Promise.resolve() : this.#parked.promise;
  }

  /** Starts the runtime and its Init ahead of the first invocation. */
  warmUp(): void {
    this.#init.begin();
    this.#options.runtime.start();
  }

  /** Text of the 403 for this call, or undefined when the state allows it. */
  refusalOf(call: RuntimeCall): string | undefined {
    return this.#state.allows(call) ? undefined : this.#state.refusalText(call);
  }

  /** Takes a legal `/next`: resolves to the invocation to hand out, or to undefined when the
   * environment was reset and the connection has to be dropped. */
  poll(): Promise<Invocation | undefined> {
    const before = this.#state.name;
    this.#state.take('next');
    if (before === 'Running') return Promise.resolve(this.#current);
    if (before === 'RuntimeResponseSent') void this.#release();
    if (before === 'Started') this.#init.end();
    if (before === 'Restoring') this.snapshot?.end('polled');
    const poll: Poll = Promise.withResolvers();
    this.#polls.push(poll);
    this.#parked.resolve();
    this.#deliver();
    return poll.promise;
  }

  /** The runtime has begun a legal answer; its body is still to be read. */
  beginAnswer(call: 'response' | 'error'): void {
    this.#state.take(call);
  }

  /** The answer's body was read to the end. */
  finishAnswer(answer: Answer): void {
    this.#state.take('answered');
    this.#current?.settle(answer);
  }

  /** A legal `/init/error` or `/restore/error`. */
  failInit(body: Uint8Array, errorType: string): void {
    this.#initFailure ??= () => toFunctionError(body, errorType);
    this.#init.end();
    this.snapshot?.end({ errorType });
    const invocation = this.#current;
    if (invocation !== undefined) void this.#answerInitFailure(invocation);
  }

  /** `/init/error` or `/restore/error` arrived; its body is still to be read. */
  beginFailure(call: 'initError' | 'restoreError'): void {
    this.#state.take(call);
  }

  /** Runs one invocation; resolves when the environment is free for the next one. */
  async run(invocation: Invocation): Promise<void> {
    await this.#awaitInit();
    await this.snapshot?.restore();
    if (this.#isClosed) return this.#abandon(invocation);
    this.#current = invocation;
    this.#logOwner = invocation;
    const initDurationMs = this.#init.takeDurationMs();
    invocation.begin({
      memoryMb: this.#options.memoryMb,
      initDurationMs: this.#options.runtime.isManaged ? initDurationMs : undefined,
      writeLine: (line) => this.#options.writeLine(line, invocation.requestId),
    });
    // Behind a turn of the loop: what has come in time counts, even if it is still to be read.
    const onTime = (): void => void turn().then(() => this.#timeOut(invocation));
    const timer = setTimeout(onTime, invocation.request.timeoutMs);
    try {
      if (this.#initFailure !== undefined) await this.#answerInitFailure(invocation);
      else this.#options.runtime.start();
      this.#deliver();
      await invocation.ended;
    } finally {
      clearTimeout(timer);
      if (this.#logOwner === invocation) this.#logOwner = undefined;
    }
  }

  /** One line of the runtime's output belongs to the invocation that runs. */
  recordLine(line: string): string | undefined {
    this.#logOwner?.log.writeLine(line);
    return this.#logOwner?.requestId;
  }

  /** The managed process ended by itself. */
  runtimeExited(exit: RuntimeExit): void {
    const isInit = this.#state.isBeforeService;
    const invocation = this.#current;
    const initFailure = this.#initFailure;
    this.#clear();
    if (invocation !== undefined) {
      invocation.writeLine(`RequestId: ${invocation.requestId} Error: ${exit.reason}`);
      invocation.settle(toExit(invocation.requestId, exit));
      invocation.end();
    } else if (isInit) {
      this.#initFailure = initFailure ?? ((requestId) => toExit(requestId, exit));
      this.#options.writeLine(`INIT_REPORT Status: error Error Type: ${exit.errorType}`, undefined);
    } else {
      this.#options.writeLine(`Error: ${exit.reason}`, undefined);
    }
    this.#init.end();
  }

  /** Ends the runtime and starts a new one, for changed code; call it between invocations. */
  async restart(): Promise<void> {
    await this.#reset();
    if (!this.#isClosed) this.warmUp();
  }

  /** Answers what is open, then ends the runtime; polls stay parked until it is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#current !== undefined) this.#abandon(this.#current);
    this.#init.end();
    await this.#options.runtime.stop();
    this.#clear();
  }

  #abandon(invocation: Invocation): void {
    invocation.settle(toServiceFailure('Cannot finish the invocation: the emulator is closing'));
    invocation.end();
  }

  #deliver(): void {
    const invocation = this.#current;
    if (invocation === undefined || this.#polls.length === 0) return;
    if (!this.#state.take('deliver')) return;
    this.#polls.shift()?.resolve(invocation);
    this.#parked = Promise.withResolvers();
  }

  /** The runtime has polled after its answer: the invocation is over. */
  async #release(): Promise<void> {
    const invocation = this.#current;
    this.#current = undefined;
    await this.#options.runtime.outputRead();
    invocation?.end();
  }

  async #timeOut(invocation: Invocation): Promise<void> {
    if (invocation.isEnded || this.#current !== invocation) return;
    invocation.timeOut(toTimeout(invocation.requestId, invocation.request.timeoutMs));
    await this.#reset();
    invocation.end();
  }

  async #answerInitFailure(invocation: Invocation): Promise<void> {
    const failure = this.#initFailure;
    if (failure === undefined) return;
    this.#initFailure = undefined;
    invocation.settle(failure(invocation.requestId));
    await this.#options.runtime.retire();
    this.#clear();
    invocation.end();
  }

  /** Waits for the first Init; when it takes too long it is repeated on the function's clock. */
  async #awaitInit(): Promise<void> {
    if (await this.#init.wait(this.#options.initMsMax)) return;
    this.#options.writeLine('INIT_REPORT Status: timeout', undefined);
    await this.#reset();
  }

  async #reset(): Promise<void> {
    this.#clear();
    await this.#options.runtime.kill();
    // Once more: the dying process may have polled meanwhile.
    this.#clear();
  }

  #clear(): void {
    this.#current = undefined;
    this.#initFailure = undefined;
    this.#state.reset();
    this.#resetCount += 1;
    const polls = this.#polls;
    this.#polls = [];
    if (polls.length > 0) this.#parked = Promise.withResolvers();
    for (const poll of polls) poll.resolve(undefined);
    this.snapshot?.reset();
  }
}
