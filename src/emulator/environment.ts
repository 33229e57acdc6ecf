// One execution environment in standard mode: polls that wait, the invocation that runs, the clock
// of the function, Init, and the reset after a timeout or the runtime's death.
import { toClosing, toExit, toFunctionError, toTimeout } from './answers.ts';
import { EnvironmentLoad } from './environment-load.ts';
import type {
  AnswerHead,
  BegunAnswer,
  EnvironmentOptions,
  ExecutionEnvironment,
} from './environment-ports.ts';
import { EnvironmentState, type RuntimeCall, type StateName } from './environment-state.ts';
import { startClock } from './function-clock.ts';
import type { Reply } from './http-reply.ts';
import { InitPhase } from './init-phase.ts';
import type { Answer, Invocation } from './invocation.ts';
import { refuseId, refuseState } from './runtime-api-replies.ts';
import type { RuntimeExit } from './runtime-process.ts';
import { openSnapshot, type Snapshot } from './snapshot.ts';
import { beginStandardAnswer } from './standard-answer.ts';

/** Its connection may be dead; nobody checks, as in Lambda. */
type Poll = PromiseWithResolvers<Invocation | undefined>;

export class Environment implements ExecutionEnvironment {
  readonly errorBytesMax: number = Infinity;
  readonly load: EnvironmentLoad = new EnvironmentLoad();
  readonly snapshot: Snapshot | undefined;
  readonly #options: EnvironmentOptions;
  readonly #state = new EnvironmentState();
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

  get resetCount(): number {
    return this.#resetCount;
  }

  whenParked(): Promise<void> {
    return this.#state.name === 'Ready' ? Promise.resolve() : this.#parked.promise;
  }

  warmUp(): void {
    this.#init.begin();
    this.#options.runtime.start();
  }

  refusalOf(call: RuntimeCall): Reply | undefined {
    return this.#state.allows(call) ? undefined : refuseState(this.#state.refusalText(call));
  }

  poll(): Promise<Invocation | undefined> {
    const before = this.#state.name;
    this.#state.take('next');
    if (before === 'Running') return Promise.resolve(this.#current);
    if (before === 'RuntimeResponseSent') void this.#release();
    if (before === 'Started') this.#init.end();
    if (before === 'Restoring') this.snapshot?.end('polled');
    const poll: Poll = Promise.withResolvers();
    this.#polls.push(poll);
    this.#noteLoad();
    this.#parked.resolve();
    this.#deliver();
    return poll.promise;
  }

  beginAnswer(head: AnswerHead): BegunAnswer {
    return beginStandardAnswer(this.#state, this.#current, head);
  }

  finishAnswer(invocation: Invocation, answer: Answer): Reply | undefined {
    if (this.#current !== invocation) return refuseId();
    this.#state.take('answered');
    invocation.settle(answer);
    return undefined;
  }

  /** The state machine stays where it is, as when an answer is lost: only a reset helps. */
  spoilAnswer(invocation: Invocation, answer: Answer): void {
    invocation.settle(answer);
  }

  loseAnswer(): void {}

  failInit(body: Uint8Array, errorType: string): void {
    this.#initFailure ??= () => toFunctionError(body, errorType);
    this.#init.end();
    this.snapshot?.end({ errorType });
    const invocation = this.#current;
    if (invocation !== undefined) void this.#answerInitFailure(invocation);
  }

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
    const stopClock = startClock(invocation, () => void this.#timeOut(invocation));
    try {
      if (this.#initFailure !== undefined) await this.#answerInitFailure(invocation);
      else this.#options.runtime.start();
      this.#deliver();
      await invocation.ended;
    } finally {
      stopClock();
      if (this.#logOwner === invocation) this.#logOwner = undefined;
    }
  }

  /** One line of the runtime's output belongs to the invocation that runs. */
  recordLine(line: string): string | undefined {
    this.#logOwner?.log.writeLine(line);
    return this.#logOwner?.requestId;
  }

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

  async restart(): Promise<void> {
    await this.#reset();
    if (!this.#isClosed) this.warmUp();
  }

  /** Polls stay parked until the runtime is gone. */
  async close(drains: boolean): Promise<void> {
    this.#isClosed = true;
    if (!drains) this.#abandon(this.#current);
    this.#init.end();
    await this.#options.runtime.stop();
    this.#abandon(this.#current);
    this.#clear();
  }

  #abandon(invocation: Invocation | undefined): void {
    invocation?.settle(toClosing());
    invocation?.end();
  }

  #deliver(): void {
    const invocation = this.#current;
    if (invocation === undefined || this.#polls.length === 0 || !this.#state.take('deliver'))
      return;
    this.#polls.shift()?.resolve(invocation);
    this.#noteLoad();
    this.#parked = Promise.withResolvers();
  }

  #noteLoad(): void {
    this.load.note(this.#polls.length, this.#current === undefined ? 0 : 1);
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
    this.#noteLoad();
    if (polls.length > 0) this.#parked = Promise.withResolvers();
    for (const poll of polls) poll.resolve(undefined);
    this.snapshot?.reset();
  }
}
