import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { BulkheadContext } from '../../../src/core/bulkhead-context.ts';
import { type Completed, HandlerCall } from '../../../workers/handler-call.ts';
import type { LoadedHandler } from '../../../workers/loading/handler-loader.ts';

type Handler = (e: unknown, context: BulkheadContext, callback: Callback, no?: unknown) => unknown;
type Callback = (error?: unknown, result?: unknown) => void;

const ALREADY_DONE =
  'Invocation has already been reported as done. Cannot call complete more than once per ' +
  'invocation.';
const FORGOTTEN =
  'The handler has not called its callback, and nothing is pending in its thread that could: it ' +
  'is answered with null';
const error = new TypeError('oops');

/** How a call went: each ending, and each line that was told. */
type Told = string[];

function loaded(handler: Handler): LoadedHandler {
  const call = (...args: unknown[]): unknown => Reflect.apply(handler, undefined, args);
  const { length: parameterCount } = handler;
  const file = '/var/task/index.mjs';
  return { call, file, parameterCount, isStreaming: false, highWaterMark: undefined };
}

/** Calls a handler, and says after a turn that nothing is pending when it has not ended by then. */
async function run(handler: Handler, waitsForEmptyLoop = true): Promise<Told> {
  const told: Told = [];
  let hasEnded = false;
  const tell = (text: string): void => void told.push(text);
  const end = (text: string): void => {
    hasEnded = true;
    tell(text);
  };
  const onAnswered = (): void => tell('answered');
  const call = new HandlerCall(loaded(handler), { tell, onAnswered, waitsForEmptyLoop });
  const { done, fail, succeed } = call;
  const context = { callbackWaitsForEmptyEventLoop: true, done, fail, succeed };
  const resolve = ({ value }: Completed): void => end(`result ${JSON.stringify(value)}`);
  const reject = (why: unknown): void => end(`error ${String(why)}`);
  call.start({ resolve, reject }, {}, context as BulkheadContext);
  await turn();
  if (hasEnded) return told;
  try {
    const { value } = call.whenEmpty();
    tell(`when empty: ${JSON.stringify(value)}`);
  } catch (why) {
    tell(`when empty: ${String(why).slice(0, 41)}`);
  }
  return told;
}

test('where several are served at once, a callback is the answer, whatever the context says', async () => {
  const answers: Handler = (_event, _context, callback) => callback(null, 1);
  assert.deepEqual(await run(answers, false), ['result 1']);
});

function check(what: string, handler: Handler, expected: Told): void {
  test(what, async () => assert.deepEqual(await run(handler), expected));
}

check('a plain value is the result', () => 42, ['result 42']);
check('nothing is a result, too', () => {}, ['result undefined']);
check('a promise is waited for', async () => 'late', ['result "late"']);
check(
  'so is whatever has a then',
  // biome-ignore lint/suspicious/noThenProperty: that is the shape.
  () => ({ then: (resolve: Callback) => resolve(null) }),
  ['result null'],
);
check('a throw is the error', () => {
  throw error;
}, ['error TypeError: oops']);
check('a rejection is the error', async () => Promise.reject(error), ['error TypeError: oops']);
check('a promise without an end waits in vain', () => new Promise(() => {}), [
  'when empty: Runtime.NodeJsExit: The handler waits for',
]);

check('a result given to a callback waits', (_event, _context, callback) => callback(null, 1), [
  'answered',
  'when empty: 1',
]);
check(
  'a result given to a callback does not wait when the context says so',
  (_event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = false;
    callback(null, 1);
  },
  ['result 1'],
);
check('an error given to a callback does not wait', (_event, _context, back) => back(error, 1), [
  'error TypeError: oops',
]);
for (const falsy of [0, '', false]) {
  check(
    `${JSON.stringify(falsy)} is an error, as every value but undefined and null`,
    (_event, _context, callback) => callback(falsy),
    [`error ${falsy}`],
  );
}
check(
  'a promise that is given to a callback is the result as it is',
  (_event, _context, callback) => callback(null, Promise.resolve(1)),
  ['answered', 'when empty: {}'],
);
check('what a callback handler returns is not its result', (_event, _context, _callback) => 42, [
  FORGOTTEN,
  'when empty: null',
]);
check('unless it is a promise', async (_event, _context, _callback) => 42, ['result 42']);
check(
  'a callback handler whose promise has no end waits in vain',
  (_event, _context, _callback) => new Promise(() => {}),
  ['when empty: Runtime.NodeJsExit: The handler has neith'],
);
check('a handler that declares no callback gets none', (...args) => args.length, ['result 2']);
check(
  'a fourth parameter gets nothing',
  (_event, _context, callback, fourth) => callback(null, typeof fourth),
  ['answered', 'when empty: "undefined"'],
);

for (const [name, complete, expected] of [
  ['done', ({ done }) => done(null, 1), 'result 1'],
  ['done with an error', ({ done }) => done(error, 1), 'error TypeError: oops'],
  ['succeed', ({ succeed }) => succeed(1), 'result 1'],
  ['fail', ({ fail }) => fail(error), 'error TypeError: oops'],
  ['fail without an error', ({ fail }) => fail(), 'error handled'],
] as [string, (context: BulkheadContext) => void, string][]) {
  check(
    `context.${name} is the answer of a callback handler at once`,
    (_event, context, _callback) => complete(context),
    [expected],
  );
  check(
    `context.${name} is the answer of any other handler, while its promise is pending`,
    (_event, context) => {
      complete(context);
      return new Promise(() => {});
    },
    [expected],
  );
}

check(
  'the first completion counts, and the others are told once',
  (_event, context, callback) => {
    callback(null, 'first');
    callback(null, 'second');
    callback(error);
    context.succeed('third');
    context.fail(error);
  },
  ['answered', ALREADY_DONE, 'when empty: "first"'],
);
check(
  'a completion after the return value is told',
  (_event, context) => {
    setImmediate(context.succeed, 'late');
    return 'returned';
  },
  ['result "returned"', ALREADY_DONE],
);
check(
  'a promise that settles behind the callback is nothing to tell',
  async (_event, _context, callback) => callback(null, 1),
  ['answered', 'when empty: 1'],
);
check(
  'a throw behind the callback is told',
  (_event, context, _callback) => {
    context.succeed(1);
    throw error;
  },
  ['result 1', 'The handler failed after it had answered: TypeError: oops'],
);
check(
  'a rejection behind the callback is told, whatever it is',
  (_event, context) => {
    context.succeed(1);
    return Promise.reject(Object.create(null));
  },
  ['result 1', 'The handler failed after it had answered: an error that cannot be printed'],
);
