// One invocation on its way through the emulator: what was asked, what was answered, its log.
import { randomUUID } from 'node:crypto';

import { HEADER } from '../core/runtime-api-spec.ts';
import { LogTail, toEndLines, toStartLine, toTimeoutLine } from './log-tail.ts';
import { CollectingSink, type ResponseSink } from './streaming/response-sink.ts';

export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

/** A valid request to invoke the function, whichever door it came through. */
export type InvokeRequest = {
  readonly event: Uint8Array;
  readonly type: InvocationType;
  readonly requestId: string;
  readonly functionArn: string;
  readonly traceId: string;
  /** JSON text, no longer base64. */
  readonly clientContext: string | undefined;
  readonly cognitoIdentity: string | undefined;
  readonly tenantId: string | undefined;
  readonly wantsLogTail: boolean;
  readonly timeoutMs: number;
  /** Sent in place of the true deadline. */
  readonly deadlineEpochMs: number | undefined;
  /** Sent in place of single headers of the event; undefined leaves a header out. */
  readonly nextHeaders: Readonly<Record<string, string | undefined>>;
};

/** What the caller gets. */
export type Answer = {
  readonly status: number;
  readonly body: Uint8Array;
  readonly functionError: 'Unhandled' | undefined;
  readonly errorType: string | undefined;
};

/** Facts of the environment that the log lines need. */
export type InvocationSetting = {
  readonly memoryMb: number;
  readonly initDurationMs: number | undefined;
  readonly writeLine: (line: string) => void;
};

export class Invocation {
  readonly request: InvokeRequest;
  /** Takes the body of a streamed response. */
  readonly sink: ResponseSink;
  /** Fresh for every attempt, so that a late answer to an earlier one is recognised. */
  readonly invocationId: string = randomUUID();
  readonly log: LogTail = new LogTail();
  readonly answered: Promise<Answer>;
  /** Resolves when the environment is free again: after the runtime's next poll, or a reset. */
  readonly ended: Promise<void>;

  readonly #answer = Promise.withResolvers<Answer>();
  readonly #end = Promise.withResolvers<void>();
  #answerGiven: Answer | undefined;
  #setting: InvocationSetting | undefined;
  #beganAtMs: number | undefined;
  #answeredAtMs: number | undefined;
  #deadlineEpochMs = 0;
  #isEnded = false;
  #hasTimedOut = false;

  constructor(request: InvokeRequest, sink: ResponseSink = new CollectingSink()) {
    this.request = request;
    this.sink = sink;
    this.answered = this.#answer.promise;
    this.ended = this.#end.promise;
  }

  get requestId(): string {
    return this.request.requestId;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isAnswered(): boolean {
    return this.#answerGiven !== undefined;
  }

  /** From the start of the function's clock to the answer, ms; 0 when the clock never started. */
  get durationMs(): number {
    if (this.#beganAtMs === undefined || this.#answeredAtMs === undefined) return 0;
    return this.#answeredAtMs - this.#beganAtMs;
  }

  get initDurationMs(): number | undefined {
    return this.#setting?.initDurationMs;
  }

  /** Starts the function's clock. */
  begin(setting: InvocationSetting): void {
    this.#setting = setting;
    this.#beganAtMs = performance.now();
    this.#deadlineEpochMs = Date.now() + this.request.timeoutMs;
    this.writeLine(toStartLine(this.requestId));
  }

  /** Gives the caller its answer; only the first one counts. */
  settle(answer: Answer): void {
    if (this.#answerGiven !== undefined) return;
    this.#answerGiven = answer;
    this.#answeredAtMs = performance.now();
    this.#answer.resolve(answer);
  }

  /** The time is up, with or without an answer. */
  timeOut(answer: Answer): void {
    this.#hasTimedOut = true;
    this.writeLine(toTimeoutLine(this.requestId, this.request.timeoutMs));
    this.settle(answer);
  }

  /** Closes the log and frees whoever waits for the environment. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#beganAtMs !== undefined) this.#writeReport(performance.now() - this.#beganAtMs);
    this.#end.resolve();
  }

  /** One line of the platform's own. */
  writeLine(line: string): void {
    this.log.writeLine(line);
    this.#setting?.writeLine(line);
  }

  /** Header values of the reply to `/next`; names as the contract writes them, in lower case. */
  toNextHeaders(options: { readonly withInvocationId: boolean }): Record<string, string> {
    const { request } = this;
    const headers: Record<string, string | undefined> = {
      [HEADER.requestId]: request.requestId,
      [HEADER.deadlineMs]: String(request.deadlineEpochMs ?? this.#deadlineEpochMs),
      [HEADER.functionArn]: request.functionArn,
      [HEADER.traceId]: request.traceId,
      [HEADER.clientContext]: request.clientContext,
      [HEADER.cognitoIdentity]: request.cognitoIdentity,
      [HEADER.tenantId]: request.tenantId,
      [HEADER.invocationId]: options.withInvocationId ? this.invocationId : undefined,
      'content-type': 'application/json',
    };
    for (const [name, value] of Object.entries(request.nextHeaders)) {
      headers[name.toLowerCase()] = value;
    }
    const present: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) present[name] = value;
    }
    return present;
  }

  #writeReport(durationMs: number): void {
    const answer = this.#answerGiven;
    const failed = answer?.functionError !== undefined;
    const status = this.#hasTimedOut ? 'timeout' : failed ? 'error' : 'success';
    const lines = toEndLines({
      requestId: this.requestId,
      durationMs,
      memoryMb: this.#setting?.memoryMb ?? 0,
      initDurationMs: this.#setting?.initDurationMs,
      status,
      errorType: status === 'error' ? answer?.errorType : undefined,
    });
    for (const line of lines) this.writeLine(line);
  }
}
