// Rows about code that does not come back, and about ways to end a thread or the process.
import type { FaultRow, SeenError } from './fault-row.ts';

/** Node keeps the pages of an ended heap for the next one; this much stays, and no more, MB. */
export const POOLED_MB_MAX = 256;

const ID = '[0-9a-f-]{36}';

export const TIMED_OUT: SeenError = {
  type: 'Sandbox.Timedout',
  header: 'Function.Timeout',
  message: new RegExp(`^RequestId: ${ID} Error: Task timed out after \\d+\\.\\d\\d seconds$`),
};

/** The stuck frame names the fixture, and nothing of ours stands before it. */
function stuckIn(fixture: string): SeenError {
  return { ...TIMED_OUT, trace: new RegExp(`\\b${fixture}\\.mjs:\\d+`) };
}

export function exited(words: string): SeenError {
  return {
    type: 'Runtime.ExitError',
    header: 'Runtime.ExitError',
    message: new RegExp(`^RequestId: ${ID} Error: Runtime exited ${words}$`),
  };
}

type Timeout = Pick<FaultRow, 'name' | 'does'> & { readonly trace?: RegExp };

function timeout({ name, does, trace }: Timeout): FaultRow {
  const caller = trace === undefined ? stuckIn(name) : { ...TIMED_OUT, trace };
  return {
    name,
    does,
    group: 'never answers',
    when: 'during',
    expect: { caller, by: 'watchdog', process: 'same' },
  };
}

/** Which of the thread's answers shows a frame is chance, one in twenty: time for many of them. */
const LONG_LOOK = { timeoutMs: 3000, env: { BULKHEAD_DEADLINE_MARGIN_MS: '300' } };

/** The event behind it meets a worker that is not free, and is answered for it. */
function timeoutAfter({ name, does, trace }: Timeout): FaultRow {
  const follower = trace === undefined ? stuckIn(name) : { ...TIMED_OUT, trace };
  return {
    name,
    does,
    group: 'never answers',
    when: 'after',
    expect: { caller: 'result', by: 'handler', follower, process: 'same' },
  };
}

/** A native call cannot be interrupted; on a busy machine it takes longer than it should. */
const SETTLE_MS = 20_000;

export const NEVER_ANSWERS: readonly FaultRow[] = [
  timeout({ name: 'busy-loop', does: 'an endless loop' }),
  timeout({
    name: 'waits-forever',
    does: 'a promise that does not settle, with a timer pending',
    trace: /Timeout/,
  }),
  timeout({ name: 'regex-bomb', does: 'a catastrophic regular expression' }),
  {
    ...timeout({ name: 'microtask-storm', does: 'a storm of microtasks' }),
    setup: LONG_LOOK,
  },
  timeout({ name: 'atomics-wait', does: '`Atomics.wait`' }),
  {
    ...timeout({ name: 'sync-crypto', does: 'a long `pbkdf2Sync`', trace: /native/ }),
    setup: { settleMs: SETTLE_MS },
  },
  timeout({ name: 'child-sleeps', does: '`execSync("sleep 30")`', trace: /sleep 30/ }),
  timeout({ name: 'stdout-flood', does: '10,000 lines of log, then a loop' }),
  {
    ...timeout({ name: 'builtin-sort', does: '`sort` of an array, which takes seconds' }),
    setup: { settleMs: SETTLE_MS },
    expect: {
      caller: { ...TIMED_OUT, trace: /builtin-sort\.mjs:\d+|native/ },
      by: 'watchdog',
      process: 'same',
      left: { rssMb: 2 * POOLED_MB_MAX },
    },
  },
  timeoutAfter({ name: 'busy-loop', does: 'an endless loop' }),
  timeoutAfter({ name: 'regex-bomb', does: 'a catastrophic regular expression' }),
  {
    ...timeoutAfter({ name: 'microtask-storm', does: 'a storm of microtasks' }),
    setup: LONG_LOOK,
  },
  timeoutAfter({ name: 'atomics-wait', does: '`Atomics.wait`' }),
  {
    ...timeoutAfter({ name: 'sync-crypto', does: 'a long `pbkdf2Sync`', trace: /native/ }),
    setup: { settleMs: SETTLE_MS },
  },
  {
    ...timeoutAfter({ name: 'child-sleeps', does: '`execSync("sleep 30")`', trace: /sleep 30/ }),
    startsChild: true,
  },
  {
    name: 'waits-forever',
    does: 'a timer that never ends',
    group: 'never answers',
    when: 'after',
    expect: { caller: 'result', by: 'handler', process: 'same' },
  },
];

type Ending = Pick<FaultRow, 'name' | 'does'> & { readonly caller: SeenError };

function ending({ name, does, caller }: Ending): FaultRow {
  return {
    name,
    does,
    group: 'ends the thread or the process',
    when: 'during',
    expect: { caller, by: 'runtime', process: 'same' },
  };
}

/** The worker is gone before the next event comes, and another takes it. */
function endingAfter({ name, does }: Pick<FaultRow, 'name' | 'does'>): FaultRow {
  return {
    name,
    does,
    group: 'ends the thread or the process',
    when: 'after',
    expect: { caller: 'result', by: 'handler', endsWorker: true, process: 'same' },
  };
}

function killing(signal: string, word: string): FaultRow[] {
  const name = `sig${signal.toLowerCase()}`;
  const row = {
    name,
    does: `SIG${signal} to the process`,
    group: 'ends the thread or the process',
    setup: { isGuarded: true },
  } as const;
  // The connection on which the new process has answered for the dead one stays open.
  const process = { process: 'restarted', nextMsMax: 3000, left: { descriptors: 1 } } as const;
  const caller = exited(`with error: signal: ${word}`);
  return [
    { ...row, when: 'during', expect: { caller, by: 'guardian', ...process } },
    { ...row, when: 'after', expect: { caller: 'result', by: 'handler', ...process } },
  ];
}

export const ENDINGS: readonly FaultRow[] = [
  ending({
    name: 'exit-zero',
    does: '`process.exit(0)`',
    caller: { ...exited('without providing a reason'), trace: /exit-zero\.mjs:\d+/ },
  }),
  ending({
    name: 'exit-one',
    does: '`process.exit(1)`',
    caller: { ...exited('with error: exit status 1'), trace: /exit-one\.mjs:\d+/ },
  }),
  ending({
    name: 'stack-overflow',
    does: 'a recursion without end',
    caller: {
      type: 'RangeError',
      header: 'Function.RangeError',
      message: /^Maximum call stack size exceeded$/,
      trace: /stack-overflow\.mjs:\d+/,
    },
  }),
  ending({
    name: 'abort',
    does: '`process.abort()`, which worker threads refuse',
    caller: {
      type: 'TypeError',
      header: 'Function.TypeError',
      message: /^process\.abort\(\) is not supported in workers$/,
    },
  }),
  endingAfter({ name: 'exit-zero', does: '`process.exit(0)`' }),
  endingAfter({ name: 'exit-one', does: '`process.exit(1)`' }),
  endingAfter({ name: 'stack-overflow', does: 'a recursion without end' }),
  ...killing('SEGV', 'segmentation fault'),
  ...killing('ABRT', 'aborted'),
  ...killing('KILL', 'killed'),
];
