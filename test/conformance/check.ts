// What several scenarios ask of a function: a failure of one kind, and a function well after it.
import assert from 'node:assert/strict';

import type { Caller } from './host.ts';

export type Failure = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
};

export type ExpectedFailure = {
  readonly event?: unknown;
  readonly errorType: string;
  readonly errorMessage: RegExp;
  /** A line of the trace. */
  readonly trace?: RegExp;
};

/** The event fails as expected; one and the same process serves the calls before and after it. */
export async function checkFailure(caller: Caller, expected: ExpectedFailure): Promise<void> {
  const before = await caller.pid();
  const failure = await caller.invoke<Failure>(expected.event ?? {});
  const after = await caller.pid();

  assert.equal(failure.errorType, expected.errorType, JSON.stringify(failure));
  assert.match(failure.errorMessage, expected.errorMessage);
  assert.ok(Array.isArray(failure.trace), 'the trace is a list');
  if (expected.trace !== undefined) assert.match(failure.trace.join('\n'), expected.trace);
  assert.equal(after, before, `the process is another one:\n${caller.output.text}`);
}

/** The event times out; the caller has its answer before the function's time is up, again. */
export async function checkTimeout(caller: Caller): Promise<void> {
  const { timeoutMs } = caller.options;
  const seconds = (timeoutMs / 1000).toFixed(2);
  const before = await caller.pid();
  // Twice: the worker that replaces one that hung is as well watched as that was.
  for (const round of ['first', 'second']) {
    const { text, elapsedMs } = await caller.send('{}');
    const failure = JSON.parse(text) as Failure;

    assert.equal(failure.errorType, 'Sandbox.Timedout', text);
    assert.match(failure.errorMessage, new RegExp(`Task timed out after ${seconds} seconds$`));
    // The platform's own answer, given when nobody else has given one, has none.
    assert.ok(Array.isArray(failure.trace), 'the runtime has answered, not the platform');
    assert.ok(elapsedMs < timeoutMs, `${round} answer after ${elapsedMs} ms`);
    assert.equal(await caller.pid(), before, `the process is another one:\n${caller.output.text}`);
  }
}

/** No event was answered but by the error of Init, which every caller sees. */
export async function checkInitFailure(
  caller: Caller,
  expected: Omit<ExpectedFailure, 'event'>,
): Promise<void> {
  for (const attempt of [1, 2]) {
    const failure = await caller.invoke<Failure>({ attempt });

    assert.equal(failure.errorType, expected.errorType, JSON.stringify(failure));
    assert.match(failure.errorMessage, expected.errorMessage);
  }
}
