import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Death, toCrash, toVictimOutcome, type Victim } from '../../../src/core/crash.ts';
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

/** In flight in one thread. */
const ONE: Victim = { number: 1, requestId: 'id-1' };
const GUILTY: Victim = { number: 2, requestId: 'id-2' };
const OTHER: Victim = { number: 3, requestId: 'id-3' };
const ALL = [ONE, GUILTY, OTHER];

function killedBy(culprit: number | undefined): Death {
  return { ...QUIET, lastWords: { kind: 'uncaughtException', error: ERROR, culprit } };
}

test('whose work has ended the thread is told of the death, the others whose it was', () => {
  const death = killedBy(GUILTY.number);
  assert.deepEqual(toVictimOutcome(death, GUILTY, ALL), toCrash(death, 'id-2'));
  for (const { requestId, number } of [ONE, OTHER]) {
    const { kind, error } = toVictimOutcome(death, { requestId, number }, ALL);
    assert.equal(kind, 'neighbour');
    const why = 'invocation id-2 on the same thread, which ended it by an uncaught exception';
    assert.equal(error.errorMessage, `RequestId: ${requestId} Error: Stopped because of ${why}`);
    // The words of its error may be another customer's.
    assert.doesNotMatch(JSON.stringify(error), /too far/);
  }
});

test('of an invocation that is over nothing but that it was another one is told', () => {
  for (const all of [ALL, [ONE]]) {
    const { kind, error } = toVictimOutcome(killedBy(9), ONE, all);
    assert.equal(kind, 'neighbour');
    assert.match(error.errorMessage, /Stopped because of another invocation on the same thread/);
  }
});

test('where nobody knows whose work it was nobody is told its words', () => {
  for (const victim of ALL) {
    const outcome = toVictimOutcome(killedBy(undefined), victim, ALL);
    assert.equal(outcome.kind, 'neighbour');
    assert.match(outcome.error.errorMessage, /another invocation .* by an uncaught exception$/);
    const [alone] = [toVictimOutcome(killedBy(undefined), victim, [victim])];
    assert.equal(alone?.kind, 'crash', 'there was no other');
  }
});

test('a thread that has said nothing is told of in our own words', () => {
  const death = { ...QUIET, exitCode: 3 };
  for (const victim of ALL) {
    const outcome = toVictimOutcome(death, victim, ALL);
    assert.deepEqual(outcome, toCrash(death, victim.requestId));
    assert.equal(outcome.kind, 'crash');
  }
});

test('whoever is alone in its thread has its own death', () => {
  const death = { ...QUIET, errorCode: 'ERR_WORKER_OUT_OF_MEMORY', errorMessage: 'oom' };
  const { error } = toVictimOutcome(death, ONE, [ONE]);
  assert.equal(error.errorType, 'Runtime.OutOfMemory');
  const own = killedBy(ONE.number);
  assert.deepEqual(toVictimOutcome(own, ONE, [ONE]), toCrash(own, 'id-1'));
});
