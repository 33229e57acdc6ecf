// The book-keeping of one warm loop: which event is out, when what happened, what was wrong.
import type { AnswerKind, Payload } from './payload.ts';

/** Times of one invocation, in microseconds on the clock of nowUs(). */
export type Timing = {
  readonly sentUs: number;
  readonly answeredUs: number;
  readonly polledUs: number;
};

export type Loop = {
  readonly payload: Payload;
  readonly count: number;
  readonly answers: AnswerKind;
};

export type LoopResult = {
  readonly timings: readonly Timing[];
  readonly wrongAnswers: number;
  readonly firstProblem: string | undefined;
  /** What the server itself did, checks of the answers taken off: its share of the loop. */
  readonly serverUs: number;
};

/** The monotonic clock of the bench, in microseconds. */
export function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

export class LoopRun {
  /** Grows by the time of each piece of work of the server. */
  serverUs = 0;
  readonly #loop: Loop;
  readonly #onEnd: (result: LoopResult) => void;
  readonly #timings: Timing[] = [];
  #sentUs = 0;
  #answeredUs: number | undefined;
  #answer: readonly Buffer[] = [];
  #problem: string | undefined;
  #firstProblem: string | undefined;
  #wrongAnswers = 0;

  constructor(loop: Loop, onEnd: (result: LoopResult) => void) {
    this.#loop = loop;
    this.#onEnd = onEnd;
  }

  get isComplete(): boolean {
    return this.#timings.length >= this.#loop.count;
  }

  nextEvent(): Buffer {
    return this.#loop.payload.event(this.#timings.length);
  }

  sent(atUs: number): void {
    this.#sentUs = atUs;
    this.#answeredUs = undefined;
  }

  /** Notes an answer; `problem` says why it cannot be right, whatever is in it. */
  answered(atUs: number, answer: readonly Buffer[], problem: string | undefined): void {
    if (this.#answeredUs !== undefined) throw new Error('Cannot take an answer: there is one');
    this.#answeredUs = atUs;
    this.#answer = answer;
    this.#problem = problem;
  }

  /** Notes the poll after an answer, and checks the answer now that nobody waits for it. */
  polled(atUs: number): void {
    const answeredUs = this.#answeredUs;
    if (answeredUs === undefined) {
      if (this.#sentUs !== 0) throw new Error('Cannot take a poll: the event was not answered');
      return;
    }
    const checkStartUs = nowUs();
    const sequence = this.#timings.length;
    const problem =
      this.#problem ?? this.#loop.payload.problem(sequence, this.#answer, this.#loop.answers);
    if (problem !== undefined) {
      this.#wrongAnswers += 1;
      this.#firstProblem ??= problem;
    }
    this.#timings.push({ sentUs: this.#sentUs, answeredUs, polledUs: atUs });
    this.#answeredUs = undefined;
    this.#answer = [];
    this.serverUs -= nowUs() - checkStartUs;
  }

  finish(): void {
    this.#onEnd({
      timings: this.#timings,
      wrongAnswers: this.#wrongAnswers,
      firstProblem: this.#firstProblem,
      serverUs: this.serverUs,
    });
  }
}
