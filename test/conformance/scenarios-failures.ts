// The ways in which a function fails: one answer each, and the next event is served as before.
import { checkFailure, checkInitFailure, checkTimeout, type ExpectedFailure } from './check.ts';
import type { Scenario } from './scenario.ts';

const FIXTURES = 'fixtures/handlers';
/** Whole seconds: AWS's emulator takes no other timeout. */
const TIMEOUT_MS = 2000;
/** As early as a budget of 2 s allows: what is asked here is the order of things on any machine,
 * not how late a busy one may be. The default margin is the fault tests' concern. */
const EARLY = { BULKHEAD_DEADLINE_MARGIN_MS: '200' };

type Row = ExpectedFailure & {
  readonly name: string;
  readonly fixture: string;
  readonly memoryMb?: number;
  readonly env?: Readonly<Record<string, string>>;
};

const rows: readonly Row[] = [
  {
    name: 'an error that the handler throws reaches the caller with its name, message and trace',
    fixture: 'throws',
    errorType: 'OrderError',
    errorMessage: /^no such order$/,
    trace: /throws\.mjs:6:9/,
  },
  {
    name: 'a string that the handler throws reaches the caller as the message',
    fixture: 'throws-string',
    errorType: 'string',
    errorMessage: /^just a string$/,
  },
  {
    name: 'without isolation the handler runs on the main thread and throws as it does elsewhere',
    fixture: 'throws',
    env: { BULKHEAD_ISOLATION: 'none' },
    errorType: 'OrderError',
    errorMessage: /^no such order$/,
    trace: /throws\.mjs:6:9/,
  },
  {
    name: 'a promise that nothing can settle any more is answered as that, and at once',
    fixture: 'never-resolves',
    errorType: 'Runtime.NodeJsExit',
    errorMessage: /^The handler waits for a promise that can never settle: nothing is pending /,
  },
  {
    name: 'without isolation such a promise is answered as the same',
    fixture: 'never-resolves',
    env: { BULKHEAD_ISOLATION: 'none' },
    errorType: 'Runtime.NodeJsExit',
    errorMessage: /^The handler waits for a promise that can never settle: nothing is pending /,
  },
  {
    name: 'process.exit() is answered as the exit it is',
    fixture: 'exit-7',
    errorType: 'Runtime.ExitError',
    errorMessage: /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 7$/,
    trace: /exit-7\.mjs:3/,
  },
  {
    name: 'an uncaught exception is answered with its stack',
    fixture: 'uncaught-in-timer',
    errorType: 'SyntaxError',
    errorMessage: /^in a timer$/,
    trace: /uncaught-in-timer\.mjs:4/,
  },
  {
    name: 'an unhandled rejection is answered with its stack',
    fixture: 'unhandled-rejection',
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: /^RangeError: nobody listens$/,
    trace: /unhandled-rejection\.mjs:3/,
  },
  {
    name: 'an exhausted JavaScript heap is answered with its limit',
    fixture: 'heap-of-small-objects',
    memoryMb: 128,
    errorType: 'Runtime.OutOfMemory',
    errorMessage: /80 MB/,
  },
  {
    name: 'a result over the limit is refused with both sizes',
    fixture: 'result-too-large',
    event: { length: 6_291_556 },
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: /6291558 bytes\) exceeded maximum allowed payload size \(6291556 bytes\)/,
  },
];

export const failures: readonly Scenario[] = [
  ...rows.map(
    ({ name, fixture, memoryMb, env, ...expected }): Scenario => ({
      name,
      handler: `${FIXTURES}/${fixture}.handler`,
      ...(memoryMb === undefined ? {} : { memoryMb }),
      ...(env === undefined ? {} : { env }),
      run: (caller) => checkFailure(caller, expected),
    }),
  ),
  {
    name: 'an endless loop is answered before the deadline and harms no other event',
    handler: `${FIXTURES}/spin-forever.handler`,
    timeoutMs: TIMEOUT_MS,
    env: EARLY,
    run: checkTimeout,
  },
  {
    name: 'a handler that waits too long is answered before the deadline and harms no other event',
    handler: `${FIXTURES}/waits-forever.handler`,
    timeoutMs: TIMEOUT_MS,
    env: EARLY,
    run: checkTimeout,
  },
  {
    name: 'a handler file that is missing is an error that says where it was looked for',
    handler: `${FIXTURES}/not-there.handler`,
    run: (caller) =>
      checkInitFailure(caller, {
        errorType: 'Runtime.ImportModuleError',
        errorMessage: /^Error: Cannot find module 'not-there'\n.*handlers\/not-there\.mjs$/ms,
      }),
  },
  {
    name: 'a handler that is not exported is an error that names it',
    handler: `${FIXTURES}/echo.absent`,
    run: (caller) =>
      checkInitFailure(caller, {
        errorType: 'Runtime.HandlerNotFound',
        errorMessage: /echo\.absent is undefined or not exported$/,
      }),
  },
  {
    name: 'an error at the import of the handler reaches every caller',
    handler: `${FIXTURES}/throw-at-import.handler`,
    run: (caller) =>
      checkInitFailure(caller, {
        errorType: 'RangeError',
        errorMessage: /^the module does not load$/,
      }),
  },
  {
    name: 'a syntax error in the handler reaches every caller',
    handler: `${FIXTURES}/syntax-error.handler`,
    run: (caller) =>
      checkInitFailure(caller, {
        errorType: 'Runtime.UserCodeSyntaxError',
        errorMessage: /^SyntaxError: /,
      }),
  },
];
