// The error table of README, row by row: what the caller sees, one answer each, and the next event
// served by the same process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InvokeResult } from '../../src/emulator/emulator.ts';
import { answersFor, startFunction } from '../support/start-function.ts';

type Row = {
  readonly fixture: string;
  readonly event?: unknown;
  readonly type: string;
  readonly header: string;
  readonly message: RegExp;
  /** Innermost frame, for those that have one. */
  readonly trace?: RegExp;
  readonly memoryMb?: number;
  readonly timeoutMs?: number;
};

const ID = '[0-9a-f-]{36}';
const TIMED_OUT = new RegExp(`^RequestId: ${ID} Error: Task timed out after 2\\.00 seconds$`);
const timeout = {
  type: 'Sandbox.Timedout',
  header: 'Function.Timeout',
  message: TIMED_OUT,
  timeoutMs: 2000,
};

const rows: readonly Row[] = [
  { fixture: 'spin-forever', ...timeout },
  { fixture: 'waits-forever', ...timeout },
  { fixture: 'regex-bomb', ...timeout },
  { fixture: 'microtask-storm', ...timeout },
  { fixture: 'atomics-wait', ...timeout },
  {
    fixture: 'never-resolves',
    type: 'Runtime.NodeJsExit',
    header: 'Runtime.NodeJsExit',
    message: /^The handler waits for a promise that can never settle: nothing is pending /,
  },
  {
    fixture: 'throws',
    type: 'OrderError',
    header: 'Function.OrderError',
    message: /^no such order$/,
    trace: /throws\.mjs:6:9/,
  },
  {
    fixture: 'throws-string',
    type: 'string',
    header: 'Function.Unknown',
    message: /^just a string$/,
  },
  {
    fixture: 'unhandled-rejection',
    type: 'Runtime.UnhandledPromiseRejection',
    header: 'Runtime.UnhandledPromiseRejection',
    message: /^RangeError: nobody listens$/,
    trace: /unhandled-rejection\.mjs:3/,
  },
  {
    fixture: 'rejection-before-return',
    type: 'Runtime.UnhandledPromiseRejection',
    header: 'Runtime.UnhandledPromiseRejection',
    message: /^RangeError: nobody listens$/,
  },
  {
    fixture: 'uncaught-in-timer',
    type: 'SyntaxError',
    header: 'Function.UncaughtException',
    message: /^in a timer$/,
    trace: /uncaught-in-timer\.mjs:4/,
  },
  {
    fixture: 'exit-0',
    type: 'Runtime.ExitError',
    header: 'Runtime.ExitError',
    message: new RegExp(`^RequestId: ${ID} Error: Runtime exited without providing a reason$`),
    trace: /exit-0\.mjs:3/,
  },
  {
    fixture: 'exit-7',
    type: 'Runtime.ExitError',
    header: 'Runtime.ExitError',
    message: new RegExp(`^RequestId: ${ID} Error: Runtime exited with error: exit status 7$`),
    trace: /exit-7\.mjs:3/,
  },
  {
    fixture: 'heap-of-small-objects',
    type: 'Runtime.OutOfMemory',
    header: 'Runtime.OutOfMemory',
    message: /80 MB/,
    memoryMb: 128,
    timeoutMs: 20_000,
  },
  {
    fixture: 'stack-overflow',
    type: 'RangeError',
    header: 'Function.RangeError',
    message: /^Maximum call stack size exceeded$/,
  },
  {
    fixture: 'result-too-large',
    event: { length: 6_291_556 },
    type: 'Function.ResponseSizeTooLarge',
    header: 'Function.ResponseSizeTooLarge',
    message: /6291558 bytes\) exceeded maximum allowed payload size \(6291556 bytes\)/,
  },
  {
    fixture: 'result-bigint',
    type: 'Runtime.JSONStringifyError',
    header: 'Runtime.JSONStringifyError',
    message: /^Unable to stringify response body: .*BigInt/,
  },
  {
    fixture: 'echo',
    event: new TextEncoder().encode('{"half":'),
    type: 'Runtime.InvalidEvent',
    header: 'Runtime.InvalidEvent',
    message: /^Cannot parse the event as JSON: /,
  },
];

for (const row of rows) {
  test(`${row.fixture} is answered as ${row.type}`, async (context) => {
    const { emulator, log } = await startFunction(context, `${row.fixture}.handler`, {
      memoryMb: row.memoryMb ?? 512,
      timeoutMs: row.timeoutMs ?? 3000,
      // What a cause is told as is the point here; the default margin is test/fault/timeouts.
      env: { BULKHEAD_DEADLINE_MARGIN_MS: '200' },
    });
    const before = await emulator.invoke({ ok: true });
    const result = await emulator.invoke(row.event ?? {});
    const after = await emulator.invoke({ ok: true });

    checkError(result, row);
    assert.equal(before.functionError, undefined, JSON.stringify(before.payload));
    assert.equal(after.functionError, undefined, JSON.stringify(after.payload));
    const { pid } = before.payload as { pid: number };
    assert.equal(
      (after.payload as { pid: number }).pid,
      pid,
      log.map(({ line }) => line).join('\n'),
    );
    assert.equal(pid, emulator.runtimePid);
    assert.equal(emulator.restartCount, 0);
    for (const { requestId } of [before, result, after]) {
      assert.deepEqual(
        await answersFor(emulator, requestId),
        [202],
        'one answer, and it is accepted',
      );
    }
    const posted = emulator.exchanges.find(
      (one) => one.requestId === result.requestId && one.endpoint === 'error',
    );
    assert.equal(posted?.requestHeaders['lambda-runtime-function-error-type'], row.header);
  });
}

function checkError(result: InvokeResult, row: Row): void {
  const { errorType, errorMessage, trace } = result.payload as Record<string, unknown>;
  assert.equal(result.functionError, 'Unhandled');
  assert.equal(errorType, row.type);
  assert.match(String(errorMessage), row.message);
  assert.ok(Array.isArray(trace));
  if (row.trace !== undefined) assert.match(String(trace[1]), row.trace);
}

test('invalid client context fails its own invocation and names the field', async (context) => {
  const { emulator } = await startFunction(context, 'echo.handler');
  emulator.faults.add({ endpoint: 'ping', fault: { kind: 'delay', ms: 0 } });
  const identity = '{"cognitoIdentityId":';
  const result = await emulator.invoke({}, { cognitoIdentity: identity as never });
  const after = await emulator.invoke({ ok: true });
  assert.match(JSON.stringify(result.payload), /cognito/i);
  assert.equal(result.functionError, 'Unhandled');
  assert.equal(after.functionError, undefined);
});

test('an error after the answer harms no invocation and costs one worker', async (context) => {
  const { emulator, log } = await startFunction(context, 'timer-after-answer.handler');
  const answered = await emulator.invoke({});
  assert.equal(answered.payload, 'answered');
  while (!log.some(({ line }) => line.includes('"worker_ended"'))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(
    log.some(
      ({ line }) => line.includes('Uncaught Exception') && line.includes('after the answer'),
    ),
  );
  const after = await emulator.invoke({ ok: true });
  assert.deepEqual(after.payload, { pid: emulator.runtimePid });
});

test('a result after the timeout is dropped, not delivered to a later invocation', async (context) => {
  const { emulator } = await startFunction(context, 'late-result.handler', {
    timeoutMs: 2000,
    env: { BULKHEAD_DEADLINE_MARGIN_MS: '200' },
  });
  // The first one's result would come while the second one is running.
  const late = await emulator.invoke({ ms: 2000, order: 1 });
  const after = await emulator.invoke({ ms: 800, order: 2 });
  assert.equal((late.payload as { errorType: string }).errorType, 'Sandbox.Timedout');
  assert.deepEqual(after.payload, { pid: emulator.runtimePid, order: 2 });
  assert.deepEqual(await answersFor(emulator, late.requestId), [202]);
});
