import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Death, toCrash } from '../../../src/core/crash.ts';
import { ERROR_BODY_BYTES_MAX } from '../../../src/core/limits.ts';

const ERROR = { errorType: 'RangeError', errorMessage: 'too far', trace: ['RangeError: too far'] };
const QUIET: Death = {
  lastWords: undefined,
  errorCode: undefined,
  errorMessage: undefined,
  exitCode: undefined,
  heapLimitMb: undefined,
};

type Row = {
  readonly name: string;
  readonly death: Partial<Death>;
  readonly header: string;
  readonly type: string;
  readonly message: RegExp;
};

const rows: readonly Row[] = [
  {
    name: 'unhandled rejection',
    death: { lastWords: { kind: 'unhandledRejection', error: ERROR }, errorMessage: 'too far' },
    header: 'Runtime.UnhandledPromiseRejection',
    type: 'Runtime.UnhandledPromiseRejection',
    message: /^RangeError: too far$/,
  },
  {
    name: 'uncaught exception',
    death: { lastWords: { kind: 'uncaughtException', error: ERROR }, errorMessage: 'too far' },
    header: 'Function.UncaughtException',
    type: 'RangeError',
    message: /^too far$/,
  },
  {
    name: 'process.exit(7)',
    death: { lastWords: { kind: 'exit', exitCode: 7, trace: ['at x'] }, exitCode: 7 },
    header: 'Runtime.ExitError',
    type: 'Runtime.ExitError',
    message: /^RequestId: id-1 Error: Runtime exited with error: exit status 7$/,
  },
  {
    name: 'process.exit(0)',
    death: { lastWords: { kind: 'exit', exitCode: 0, trace: [] }, exitCode: 0 },
    header: 'Runtime.ExitError',
    type: 'Runtime.ExitError',
    message: /^RequestId: id-1 Error: Runtime exited without providing a reason$/,
  },
  {
    name: 'a thread that left without a word',
    death: { exitCode: 1 },
    header: 'Runtime.ExitError',
    type: 'Runtime.ExitError',
    message: /exit status 1$/,
  },
  {
    name: 'a full heap',
    death: { errorCode: 'ERR_WORKER_OUT_OF_MEMORY', errorMessage: 'oom', heapLimitMb: 80 },
    header: 'Runtime.OutOfMemory',
    type: 'Runtime.OutOfMemory',
    message: /^JavaScript heap out of memory: the handler used up all of its 80 MB$/,
  },
  {
    name: 'a full heap that was not empty before',
    death: {
      errorCode: 'ERR_WORKER_OUT_OF_MEMORY',
      errorMessage: 'oom',
      heapLimitMb: 80,
      lastUse: { heapBytes: 9.4 * 1024 * 1024, externalBytes: 0 },
    },
    header: 'Runtime.OutOfMemory',
    type: 'Runtime.OutOfMemory',
    message: /all of its 80 MB; 9 MB were in use before this invocation$/,
  },
  {
    name: 'a thread that could not load its own entry',
    death: { errorMessage: 'Cannot find module' },
    header: 'Runtime.WorkerError',
    type: 'Runtime.WorkerError',
    message: /Cannot find module/,
  },
];

for (const { name, death, header, type, message } of rows) {
  test(`${name} is told as ${type}`, () => {
    const outcome = toCrash({ ...QUIET, ...death }, 'id-1');
    assert.equal(outcome.kind, 'crash');
    assert.equal(outcome.headerType, header);
    assert.equal(outcome.error.errorType, type);
    assert.match(outcome.error.errorMessage, message);
    assert.match(outcome.headerType, /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/);
  });
}

test('the error that a thread has died of before it could speak is told with its trace', () => {
  const trace = ['TypeError: no', '    at preload.cjs:1:1'];
  const { error } = toCrash({ ...QUIET, errorMessage: 'no', errorTrace: trace }, undefined);
  assert.deepEqual(error, { errorType: 'Runtime.WorkerError', errorMessage: 'no', trace });
});

test('however much that is, it fits into a report', () => {
  const errorTrace = Array.from({ length: 9 }, () => 'x'.repeat(1_000_000));
  const { error } = toCrash({ ...QUIET, errorMessage: 'x', errorTrace }, undefined);
  assert(JSON.stringify(error).length <= ERROR_BODY_BYTES_MAX);
});
