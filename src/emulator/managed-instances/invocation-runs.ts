// The invocations of a shared environment from the moment in which they are handed out to the last
// line of their log: their clocks, their answers, their ends. One never touches another.
import { toTimeout, toTruncated } from '../answers.ts';
import type {
  AnswerHead,
  AnswerKind,
  BegunAnswer,
  EnvironmentOptions,
} from '../environment-ports.ts';
import { startClock } from '../function-clock.ts';
import type { Reply } from '../http-reply.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { untilAnswered } from '../last-word.ts';
import { InFlight } from './in-flight.ts';
import { requestIdOf } from './line-owner.ts';

export type InvocationRunsOptions = EnvironmentOptions & {
  /** Once, for the first invocation after a start. */
  readonly takeInitDurationMs: () => number | undefined;
  /** The number of those that run is another one. */
  readonly onChange: () => void;
};

export class InvocationRuns {
  readonly #options: InvocationRunsOptions;
  readonly #inFlight = new InFlight();
  /** Those whose log is open: a moment longer than they are in flight. */
  readonly #logged = new Map<string, Invocation>();

  constructor(options: InvocationRunsOptions) {
    this.#options = options;
  }

  /** Handed out and not answered. */
  get count(): number {
    return this.#inFlight.size;
  }

  has(requestId: string): boolean {
    return this.#inFlight.has(requestId);
  }

  whenEmpty(): Promise<void> {
    return this.#inFlight.whenEmpty();
  }

  /** The invocation is about to be handed out. */
  start(invocation: Invocation): void {
    this.#begin(invocation);
    const stopClock = startClock(invocation, () => this.#timeOut(invocation));
    this.#inFlight.add(invocation, stopClock);
    this.#logged.set(invocation.requestId, invocation);
    this.#options.onChange();
  }

  /** The invocation will not be handed out. */
  fail(invocation: Invocation, answer: Answer): void {
    this.#begin(invocation);
    invocation.settle(answer);
    invocation.end();
  }

  beginAnswer(head: AnswerHead): BegunAnswer {
    return this.#inFlight.begin(head);
  }

  finishAnswer(invocation: Invocation, answer: Answer): Reply | undefined {
    if (!this.#inFlight.remove(invocation)) return this.#inFlight.refusalOf(invocation.requestId);
    this.#options.onChange();
    invocation.settle(answer);
    void this.#end(invocation);
    return undefined;
  }

  loseAnswer(invocation: Invocation, kind: AnswerKind): void {
    if (kind === 'error') this.#inFlight.forgetError(invocation);
    else void this.#truncate(invocation);
  }

  /** All that are in flight get an answer that is not the runtime's. */
  finishAll(toAnswer: (requestId: string) => Answer, line?: string): number {
    const invocations = this.#inFlight.all;
    for (const invocation of invocations) {
      const { requestId } = invocation;
      if (line !== undefined) invocation.writeLine(`RequestId: ${requestId} ${line}`);
      this.finishAnswer(invocation, toAnswer(requestId));
    }
    return invocations.length;
  }

  /** One line of the runtime's output; with many at once only the line itself says whose it is. */
  recordLine(line: string): string | undefined {
    const requestId = requestIdOf(line);
    if (requestId !== undefined) this.#logged.get(requestId)?.log.writeLine(line);
    return requestId;
  }

  #begin(invocation: Invocation): void {
    const { memoryMb, takeInitDurationMs, writeLine } = this.#options;
    invocation.begin({
      memoryMb,
      initDurationMs: takeInitDurationMs(),
      writeLine: (line) => writeLine(line, invocation.requestId),
    });
  }

  /** The code goes on; it is the runtime that has to do something about it. */
  #timeOut(invocation: Invocation): void {
    if (!this.#inFlight.timeOut(invocation)) return;
    this.#options.onChange();
    invocation.timeOut(toTimeout(invocation.requestId, invocation.request.timeoutMs));
    void this.#end(invocation);
  }

  async #truncate(invocation: Invocation): Promise<void> {
    await untilAnswered(invocation);
    this.finishAnswer(invocation, toTruncated(invocation.requestId));
  }

  /** What was written before the answer still belongs to the log. */
  async #end(invocation: Invocation): Promise<void> {
    await this.#options.runtime.outputRead();
    const { requestId } = invocation;
    if (this.#logged.get(requestId) === invocation) this.#logged.delete(requestId);
    invocation.end();
  }
}
