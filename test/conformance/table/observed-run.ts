// What was seen of one process behind the scripted Runtime API.
import assert from 'node:assert/strict';
import type { ScriptedEvent } from './scripted-api.ts';
import { NEXT, type RecordedRequest } from './scripted-api.ts';

export type ErrorBody = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
};

/** `parked`: it waits for an event, and was killed. `hung`: it did nothing any more, likewise. */
export type RunEnd = 'parked' | 'itself' | 'hung';

export type RunFacts = {
  readonly events: readonly ScriptedEvent[];
  readonly requests: readonly RecordedRequest[];
  /** Every byte on each connection. */
  readonly wire: readonly Buffer[];
  readonly stdout: string;
  readonly stderr: string;
  /** What came on descriptor 3. */
  readonly frames: Buffer;
  readonly end: RunEnd;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The function's folder. */
  readonly folder: string;
  /** The program is the reference client. */
  readonly isReference: boolean;
};

export class Run {
  readonly facts: RunFacts;

  constructor(facts: RunFacts) {
    this.facts = facts;
  }

  /** The same process, as one of its events alone would show it. */
  ofEvents(requestIds: readonly string[]): Run {
    const isOwn = (path: string): boolean => requestIds.some((id) => path.includes(`/${id}/`));
    const { events, requests, stdout } = this.facts;
    const lines = stdout.split('\n').filter((line) => requestIds.some((id) => line.includes(id)));
    return new Run({
      ...this.facts,
      events: events.filter(({ requestId }) => requestIds.includes(requestId)),
      requests: requests.filter(({ path }) => isOwn(path)),
      stdout: lines.map((line) => `${line}\n`).join(''),
    });
  }

  /** Results and errors, in the order in which they came. */
  get answers(): readonly Message[] {
    return this.#messages(/^\/2018-06-01\/runtime\/invocation\/.*\/(response|error)$/);
  }

  get initErrors(): readonly Message[] {
    return this.#messages(/^\/2018-06-01\/runtime\/init\/error$/);
  }

  /** The answer that came nth, from 0. */
  answer(index = 0): Message {
    const found = this.answers[index];
    assert.ok(found !== undefined, `no answer ${index}: ${this.text}`);
    return found;
  }

  /** The result that came nth, parsed. */
  result(index = 0): unknown {
    const answer = this.answer(index);
    assert.equal(answer.kind, 'response', `${answer.text}\n${this.text}`);
    return JSON.parse(answer.text);
  }

  /** The error that came nth. */
  error(index = 0): ErrorBody {
    const answer = this.answer(index);
    assert.equal(answer.kind, 'error', `${answer.text}\n${this.text}`);
    return JSON.parse(answer.text) as ErrorBody;
  }

  initError(): ErrorBody {
    const [posted, ...more] = this.initErrors;
    assert.ok(posted !== undefined && more.length === 0, this.text);
    return JSON.parse(posted.text) as ErrorBody;
  }

  get polls(): number {
    return this.facts.requests.filter(({ path }) => path === NEXT).length;
  }

  /** Lines on stdout, complete ones. */
  get lines(): readonly string[] {
    return this.facts.stdout.split('\n').slice(0, -1);
  }

  /** Lines of that level, without time and id. */
  logged(level: string): readonly string[] {
    const cells = this.lines.map((line) => line.split('\t'));
    return cells.filter((line) => line[2] === level).map((line) => line.slice(3).join('\t'));
  }

  /** Both streams and the end, for the message of an assertion. */
  get text(): string {
    const { end, exitCode, signal, stdout, stderr } = this.facts;
    return `${end} ${exitCode ?? signal}\n--- stdout\n${stdout}--- stderr\n${stderr}`;
  }

  #messages(path: RegExp): readonly Message[] {
    const { requests } = this.facts;
    return requests.filter((one) => path.test(one.path)).map((one) => new Message(one));
  }
}

/** A request with a body. */
export class Message {
  readonly request: RecordedRequest;

  constructor(request: RecordedRequest) {
    this.request = request;
  }

  get kind(): 'response' | 'error' {
    return this.request.path.endsWith('/response') ? 'response' : 'error';
  }

  /** As it stands in the path. */
  get requestId(): string {
    return this.request.path.split('/').at(-2) ?? '';
  }

  get body(): Buffer {
    return Buffer.concat(this.request.pieces);
  }

  get text(): string {
    return this.body.toString('utf8');
  }

  header(name: string): string | undefined {
    return pairValue(this.request.rawHeaders, name);
  }

  trailer(name: string): string | undefined {
    return pairValue(this.request.rawTrailers, name);
  }
}

/** Several of one name are joined, as HTTP has it. */
function pairValue(pairs: readonly string[], name: string): string | undefined {
  const values = pairs.filter((_, at) => {
    return at % 2 === 1 && pairs[at - 1]?.toLowerCase() === name.toLowerCase();
  });
  return values.length === 0 ? undefined : values.join(', ');
}
