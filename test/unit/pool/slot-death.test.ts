import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOTHING_HELD } from '../../../src/core/held-memory.ts';
import { type DyingWorker, deathOf, outcomesOf } from '../../../src/pool/slot-death.ts';

const ERROR = { errorType: 'RangeError', errorMessage: 'too far', trace: [] };
const MB = 1024 * 1024;

test('a death is what the thread has thrown, or its exit code, and its last words', () => {
  const lastWords = { kind: 'exit', exitCode: 3, trace: [] } as const;
  assert.deepEqual(deathOf(undefined, 3, lastWords), {
    lastWords,
    errorCode: undefined,
    errorMessage: undefined,
    errorTrace: [],
    exitCode: 3,
  });
  const error = Object.assign(new Error('full'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  const { errorCode, errorMessage, errorTrace } = deathOf(error, undefined, undefined);
  assert.deepEqual([errorCode, errorMessage], ['ERR_WORKER_OUT_OF_MEMORY', 'full']);
  assert.equal(errorTrace?.[0], 'Error: full');
});

test('what is thrown may be anything', () => {
  for (const error of [null, 7, { code: 7 }]) {
    const { errorCode, errorMessage } = deathOf(error, undefined, undefined);
    assert.deepEqual([errorCode, errorMessage], [undefined, String(error)]);
  }
});

function worker(...numbers: readonly number[]): DyingWorker & { tasks: object[] } {
  const tasks = numbers.map((number) => ({ number, requestId: `r-${number}` }));
  return { heapLimitMb: 80, held: NOTHING_HELD, tasks };
}

test('the invocations are told whose work it was, also when they are gone from the worker', () => {
  const dying = worker(1, 2);
  const lastWords = { kind: 'uncaughtException', error: ERROR, culprit: 2 } as const;
  const outcomeOf = outcomesOf({ lastWords }, dying);
  dying.tasks.length = 0;
  assert.equal(outcomeOf({ number: 2, requestId: 'r-2' }).error.errorMessage, 'too far');
  const { error } = outcomeOf({ number: 1, requestId: 'r-1' });
  assert.match(error.errorMessage, /Stopped because of invocation r-2 on the same thread/);
});

test('a full heap is told with its limit, and with what was in it before', () => {
  const recent = [1, 9].map((mb) => ({ heapBytes: mb * MB, externalBytes: 0 }));
  const dying = { ...worker(1), held: { ...NOTHING_HELD, recent } };
  const death = { errorCode: 'ERR_WORKER_OUT_OF_MEMORY', errorMessage: 'oom' };
  const { error } = outcomesOf(death, dying)({ number: 1, requestId: 'r-1' });
  assert.match(error.errorMessage, /all of its 80 MB; 9 MB were in use before/);
});
