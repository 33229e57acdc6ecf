// Rows about errors that nobody awaits, memory, payloads, and damage to the environment.
import type { Expected, FaultRow, Group, SeenError } from './fault-row.ts';
import { exited, POOLED_MB_MAX } from './rows-running.ts';

type Damage = Pick<FaultRow, 'name' | 'does'> & Partial<FaultRow>;

/** The handler answers, as if nothing had been. */
function harmless(group: Group, row: Damage): FaultRow {
  const expect = { caller: 'result', by: 'handler', process: 'same' } as const;
  return { group, when: 'during', expect, ...row };
}

/** The runtime answers with an error, at once. */
function told(group: Group, row: Damage, caller: SeenError): FaultRow {
  return { group, when: 'during', expect: { caller, by: 'runtime', process: 'same' }, ...row };
}

/** After the answer: it costs a worker and no event. */
function costsWorker(group: Group, row: Damage): FaultRow {
  const expect = { caller: 'result', by: 'handler', endsWorker: true, process: 'same' } as const;
  return { group, when: 'after', expect, ...row };
}

const ERROR = 'errors';

export const ERRORS: readonly FaultRow[] = [
  told(
    ERROR,
    { name: 'throws', does: 'a throw' },
    {
      type: 'OrderError',
      header: 'Function.OrderError',
      message: /^no such order$/,
      trace: /throws\.mjs:\d+/,
    },
  ),
  told(
    ERROR,
    { name: 'throws-in-timer', does: 'a throw in a timer' },
    {
      type: 'RangeError',
      header: 'Function.UncaughtException',
      message: /^in a timer$/,
      trace: /throws-in-timer\.mjs:\d+/,
    },
  ),
  told(
    ERROR,
    { name: 'unhandled-rejection', does: 'a rejection that nobody handles' },
    {
      type: 'Runtime.UnhandledPromiseRejection',
      header: 'Runtime.UnhandledPromiseRejection',
      message: /^RangeError: nobody listens$/,
      trace: /unhandled-rejection\.mjs:\d+/,
    },
  ),
  costsWorker(ERROR, { name: 'throws-in-timer', does: 'a throw in a timer' }),
  costsWorker(ERROR, { name: 'unhandled-rejection', does: 'a rejection that nobody handles' }),
  told(
    'promises that cannot settle',
    { name: 'never-settles', does: 'a promise that can never settle, with nothing pending' },
    { type: 'Runtime.NodeJsExit', header: 'Runtime.NodeJsExit', message: /settle/ },
  ),
];

const OUT_OF_MEMORY: SeenError = {
  type: 'Runtime.OutOfMemory',
  header: 'Runtime.OutOfMemory',
  message: /\d+ MB/,
};
/** Time enough to fill it, and a standby beside it. */
const small = { memoryMb: 256, timeoutMs: 20_000, env: { BULKHEAD_STANDBY: '1' } };

function outOfMemory(name: string, does: string): FaultRow {
  const row = told('memory', { name, does, setup: small }, OUT_OF_MEMORY);
  return { ...row, expect: { ...row.expect, left: { rssMb: POOLED_MB_MAX } } };
}

/** V8 gives up the process where one allocation needs more than Node's grace. */
const ABORTED: Expected = {
  caller: exited('with error: signal: aborted'),
  by: 'guardian',
  process: 'restarted',
  nextMsMax: 3000,
  left: { descriptors: 1 },
};

export const MEMORY: readonly FaultRow[] = [
  outOfMemory('heap-of-objects', 'a heap full of small objects'),
  {
    ...outOfMemory('heap-of-one-array', 'one array that grows to 10⁸ entries'),
    setup: { ...small, isGuarded: true },
    orElse: [ABORTED],
  },
  {
    ...outOfMemory('heap-at-once', 'one array of 10⁸ entries, made at once'),
    setup: { ...small, isGuarded: true, settleMs: 20_000 },
    // The answer may come first: the allocation is one call that nothing can interrupt.
    orElse: [ABORTED, { ...ABORTED, caller: OUT_OF_MEMORY, by: 'runtime' }],
  },
  outOfMemory('heap-of-strings', 'a heap full of strings'),
  {
    ...outOfMemory('array-buffers', 'a gigabyte of `ArrayBuffer`s'),
    // Only there the allocator gives all of it back.
    setup: { ...small, isGuarded: true },
  },
  {
    name: 'heap-of-objects',
    does: 'a heap full of small objects',
    group: 'memory',
    when: 'after',
    setup: small,
    expect: {
      caller: 'result',
      by: 'handler',
      endsWorker: true,
      process: 'same',
      left: { rssMb: POOLED_MB_MAX },
    },
  },
];

function notJson(message: RegExp): SeenError {
  return { type: 'Runtime.JSONStringifyError', header: 'Runtime.JSONStringifyError', message };
}

export const PAYLOAD: readonly FaultRow[] = [
  told(
    'payload',
    { name: 'result-too-large', does: 'a result over 6,291,556 bytes' },
    {
      type: 'Function.ResponseSizeTooLarge',
      header: 'Function.ResponseSizeTooLarge',
      message: /6291558 bytes\) exceeded maximum allowed payload size \(6291556 bytes\)/,
    },
  ),
  told(
    'payload',
    { name: 'event-not-json', does: 'an event that is not JSON', event: Buffer.from('{"half":') },
    {
      type: 'Runtime.InvalidEvent',
      header: 'Runtime.InvalidEvent',
      message: /^Cannot parse the event as JSON: /,
    },
  ),
  told('payload', { name: 'result-bigint', does: 'a result with a BigInt' }, notJson(/BigInt/)),
  told('payload', { name: 'result-circular', does: 'a circular result' }, notJson(/circular/)),
  harmless('payload', {
    name: 'result-function',
    does: 'a result with functions and symbols, which JSON leaves out',
  }),
];

function patched(name: string, does: string): FaultRow {
  return harmless('environment', { name, does });
}

export const ENVIRONMENT: readonly FaultRow[] = [
  patched('close-stdout', 'closing descriptor 1 (what is logged from then on is lost)'),
  {
    name: 'close-descriptors',
    does: 'closing descriptors 3 to 50',
    group: 'environment',
    when: 'during',
    setup: { isGuarded: true },
    expect: {
      caller: { type: 'Runtime.ExitError', header: 'Runtime.ExitError', message: /signal|status/ },
      by: 'guardian',
      process: 'restarted',
      nextMsMax: 3000,
      left: { descriptors: 1 },
    },
  },
  told(
    'environment',
    { name: 'chdir', does: '`process.chdir()`, which worker threads refuse' },
    {
      type: 'TypeError',
      header: 'Function.TypeError',
      message: /^process\.chdir\(\) is not supported in workers$/,
    },
  ),
  {
    ...patched('leaked-child', 'a child process that is left behind'),
    // One for each time, until it ends by itself.
    expect: { caller: 'result', by: 'handler', process: 'same', left: { children: 20 } },
  },
  patched('patched-promise', '`Promise` replaced'),
  patched('patched-json', '`JSON.parse` and `JSON.stringify` replaced'),
  patched('patched-exit', '`process.exit` and the listeners of `process` replaced'),
  patched('patched-array', 'methods of `Array.prototype` replaced'),
  patched('patched-message-port', '`MessagePort` replaced, through which results go'),
];
