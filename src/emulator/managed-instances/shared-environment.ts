// One execution environment of Lambda Managed Instances: many invocations at once (contract,
// section 3.2). It repairs nothing: a timeout stops nobody, and who finds no poll is refused.
import { toClosing, toDuplicate, toExit, toTooMany, toUnavailable } from '../answers.ts';
import { IDLE_POLLS_MAX, SHARED_ERROR_BYTES_MAX } from '../emulator-limits.ts';
import { EnvironmentLoad } from '../environment-load.ts';
import type {
  AnswerHead,
  AnswerKind,
  BegunAnswer,
  EnvironmentOptions,
  ExecutionEnvironment,
  Intake,
} from '../environment-ports.ts';
import { type RuntimeCall, type StateName, toRefusalText } from '../environment-state.ts';
import type { Reply } from '../http-reply.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { refuseService, refuseState } from '../runtime-api-replies.ts';
import type { RuntimeExit } from '../runtime-process.ts';
import { IdlePolls } from './idle-polls.ts';
import { InvocationRuns } from './invocation-runs.ts';
import { SharedInit } from './shared-init.ts';
import { WaitingRoom } from './waiting-room.ts';

export type SharedEnvironmentOptions = EnvironmentOptions & {
  readonly concurrency: number;
  /** Invocations that may wait for Init. */
  readonly waitingMax: number;
};

export class SharedEnvironment implements ExecutionEnvironment, Intake {
  readonly snapshot: undefined = undefined;
  readonly errorBytesMax: number = SHARED_ERROR_BYTES_MAX;
  readonly load: EnvironmentLoad = new EnvironmentLoad();
  readonly #options: SharedEnvironmentOptions;
  readonly #init: SharedInit;
  readonly #polls = new IdlePolls();
  readonly #runs: InvocationRuns;
  readonly #room = new WaitingRoom();
  #isPreparing = false;
  #holdCount = 0;
  #held: Promise<void> = Promise.resolve();
  #resetCount = 0;
  #isClosed = false;

  constructor(options: SharedEnvironmentOptions) {
    this.#options = options;
    this.#init = new SharedInit(options);
    this.#runs = new InvocationRuns({
      ...options,
      takeInitDurationMs: () => this.#init.takeDurationMs(),
      onChange: () => this.#noteLoad(),
    });
  }

  get stateName(): StateName {
    if (this.#init.phase !== 'Serving') return this.#init.phase;
    return this.#polls.count > 0 ? 'Ready' : 'Running';
  }

  get resetCount(): number {
    return this.#resetCount;
  }

  get openCount(): number {
    return this.#room.size + this.#runs.count;
  }

  whenParked(count: number): Promise<void> {
    return this.#polls.whenCount(count);
  }

  warmUp(): void {
    this.#init.begin();
  }

  submit(invocation: Invocation): Answer | undefined {
    const { requestId } = invocation;
    if (this.#isClosed) return toClosing();
    if (this.#runs.has(requestId) || this.#room.has(requestId)) return toDuplicate();
    if (!this.#isServing) {
      if (this.#room.size > this.#options.waitingMax) return toTooMany();
      this.#room.add(invocation);
      void this.#prepare();
      return undefined;
    }
    if (this.#polls.count === 0) return this.#refuse(requestId);
    this.#deliver(invocation);
    return undefined;
  }

  async between(job: () => Promise<void>): Promise<void> {
    this.#holdCount += 1;
    const turn = this.#held.then(() => this.#runs.whenEmpty()).then(job);
    // A failed job is its caller's business; the invocations behind it go on.
    this.#held = turn.catch(() => {});
    try {
      await turn;
    } finally {
      this.#holdCount -= 1;
      if (this.#isServing) this.#admit();
      else void this.#prepare();
    }
  }

  refusalOf(call: RuntimeCall): Reply | undefined {
    const { phase } = this.#init;
    const isLegal = call === 'next' ? phase !== 'InitError' : phase === 'Started';
    if (!isLegal) return refuseState(toRefusalText(this.stateName, call));
    return this.#polls.count < IDLE_POLLS_MAX ? undefined : refuseService();
  }

  poll(): Promise<Invocation | undefined> {
    const poll = this.#polls.park();
    this.#noteLoad();
    const isFirst = this.#init.polled();
    if (isFirst && this.#isServing) this.#admit();
    else this.#deliverWaiting();
    return poll;
  }

  beginAnswer(head: AnswerHead): BegunAnswer {
    return this.#runs.beginAnswer(head);
  }

  finishAnswer(invocation: Invocation, answer: Answer): Reply | undefined {
    return this.#runs.finishAnswer(invocation, answer);
  }

  spoilAnswer(invocation: Invocation, answer: Answer): void {
    this.#runs.finishAnswer(invocation, answer);
  }

  loseAnswer(invocation: Invocation, kind: AnswerKind): void {
    this.#runs.loseAnswer(invocation, kind);
  }

  beginFailure(): void {
    this.#init.beginFailure();
  }

  /** The caller learns the type, not the body: Lambda does not read it here. */
  failInit(_body: Uint8Array, errorType: string): void {
    this.#init.fail(errorType);
  }

  recordLine(line: string): string | undefined {
    return this.#runs.recordLine(line);
  }

  runtimeExited(exit: RuntimeExit): void {
    const wasServing = this.#init.phase === 'Serving';
    if (wasServing) this.#init.reset();
    else this.#init.exited(exit);
    this.#dropPolls();
    const failed = this.#runs.finishAll((id) => toExit(id, exit), `Error: ${exit.reason}`);
    if (wasServing && failed === 0) this.#options.writeLine(`Error: ${exit.reason}`, undefined);
    void this.#prepare();
  }

  async restart(): Promise<void> {
    this.#reset();
    await this.#options.runtime.kill();
    // Once more: the dying process may have polled meanwhile.
    this.#reset();
    if (!this.#isClosed) this.warmUp();
  }

  async close(drains: boolean): Promise<void> {
    this.#isClosed = true;
    if (!drains) this.#runs.finishAll(toClosing);
    for (const invocation of this.#room.clear()) this.#runs.fail(invocation, toClosing());
    await this.#options.runtime.stop();
    this.#runs.finishAll(toClosing);
    this.#reset();
  }

  /** Events are handed out; else they wait. */
  get #isServing(): boolean {
    return this.#init.phase === 'Serving' && this.#holdCount === 0;
  }

  /** Sees Init through for those who wait. */
  async #prepare(): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    while (this.#room.size > 0 && this.#init.phase !== 'Serving' && this.#holdCount === 0) {
      const failure = await this.#init.takeFailure();
      if (failure === undefined) continue;
      for (const invocation of this.#room.clear()) {
        this.#runs.fail(invocation, failure(invocation.requestId));
      }
      await this.#options.runtime.retire();
      this.#reset();
    }
    this.#isPreparing = false;
  }

  /** As many of those who waited as can run may go on to wait for polls of their own. */
  #admit(): void {
    this.#room.admit(this.#options.concurrency, (invocation) => {
      invocation.settle(this.#refuse(invocation.requestId));
      invocation.end();
    });
    this.#deliverWaiting();
  }

  #deliverWaiting(): void {
    while (this.#isServing && this.#polls.count > 0) {
      const invocation = this.#room.shift();
      if (invocation === undefined) return;
      this.#deliver(invocation);
    }
  }

  #deliver(invocation: Invocation): void {
    this.#polls.wake(invocation);
    this.#runs.start(invocation);
  }

  #refuse(requestId: string): Answer {
    this.#options.writeLine(`RequestId: ${requestId} Refused: no idle runtimes`, requestId);
    return toUnavailable();
  }

  #reset(): void {
    this.#init.reset();
    this.#dropPolls();
  }

  #dropPolls(): void {
    this.#resetCount += 1;
    this.#polls.drop();
    this.#noteLoad();
  }

  #noteLoad(): void {
    this.load.note(this.#polls.count, this.#runs.count);
  }
}
