// What cases ask of a run, in the words in which most of them ask it.
import assert from 'node:assert/strict';
import type { ErrorBody, Run } from './observed-run.ts';

type Check = (run: Run) => void;
type Expected = {
  readonly errorType: string;
  readonly errorMessage?: string | RegExp;
  /** A line of the trace. */
  readonly trace?: RegExp;
};

/** The first result has these bytes. */
export function gives(text: string): Check {
  return (run) => {
    assert.equal(run.answer().kind, 'response', `${run.answer().text}\n${run.text}`);
    assert.equal(run.answer().text, text);
  };
}

/** The results are these values, in this order, and the process waits for more. */
export function returns(...values: readonly unknown[]): Check {
  return (run) => {
    assert.deepEqual(
      values.map((_, index) => run.result(index)),
      values,
    );
    assert.equal(run.facts.end, 'parked', run.text);
  };
}

/** The nth event is answered with this error; the process serves on. */
export function fails(expected: Expected, index = 0): Check {
  return (run) => {
    checkError(run.error(index), expected);
    assert.equal(run.facts.end, 'parked', run.text);
  };
}

/** Init fails with this error: it is posted once, nothing is polled, the process ends with 1. */
export function failsInit(expected: Expected): Check {
  return (run) => {
    checkError(run.initError(), expected);
    assert.equal(run.polls, 0, run.text);
    assert.deepEqual([run.facts.end, run.facts.exitCode], ['itself', 1], run.text);
  };
}

/** Every event has an answer, in the order of the events, and only one. */
export function checkAnsweredOnce(run: Run): void {
  assert.deepEqual(
    run.answers.map(({ requestId }) => decodeURIComponent(requestId)),
    run.facts.events.map(({ requestId }) => requestId),
    run.text,
  );
}

function checkError(error: ErrorBody, { errorType, errorMessage, trace }: Expected): void {
  assert.equal(error.errorType, errorType, JSON.stringify(error));
  if (typeof errorMessage === 'string') assert.equal(error.errorMessage, errorMessage);
  else if (errorMessage !== undefined) assert.match(error.errorMessage, errorMessage);
  assert.ok(Array.isArray(error.trace), JSON.stringify(error));
  if (trace !== undefined) assert.match(error.trace.join('\n'), trace);
}
