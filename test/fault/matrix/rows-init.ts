// Rows about faults that are part of Init: nothing has worked yet, so the process says so and ends.
import type { FaultRow, SeenError } from './fault-row.ts';

const GROUP_OF: Readonly<Record<string, FaultRow['group']>> = {
  throws: 'errors',
  'throws-in-timer': 'errors',
  'unhandled-rejection': 'errors',
  'heap-of-objects': 'memory',
  'never-settles': 'promises that cannot settle',
  'close-descriptors': 'environment',
  'leaked-child': 'environment',
};
const NEXT_MS_MAX = 3000;

type Told = Pick<FaultRow, 'name' | 'does' | 'setup'> &
  Omit<SeenError, 'header'> & {
    readonly header?: string;
  };

/** Reported once, then the process ends: the platform starts a new one for the next event. */
function told({ name, does, setup = {}, header, ...caller }: Told): FaultRow {
  return {
    name,
    does,
    setup,
    group: GROUP_OF[name] ?? 'ends the thread or the process',
    when: 'init',
    expect: {
      caller: { header: header ?? caller.type, ...caller },
      by: 'runtime',
      process: 'ends',
      exitStatus: 1,
      nextMsMax: NEXT_MS_MAX,
    },
  };
}

/** The platform gives Init ten seconds, ends the process and repeats it on the caller's time. */
function limited(name: string, does: string): FaultRow {
  return {
    name,
    does,
    group: GROUP_OF[name] ?? 'never answers',
    when: 'init',
    setup: { timeoutMs: 3000 },
    expect: { caller: 'result', by: 'platform', process: 'ends', nextMsMax: NEXT_MS_MAX },
  };
}

export const INIT: readonly FaultRow[] = [
  limited('busy-loop', 'an endless loop'),
  limited('waits-forever', 'a promise that does not settle, with a timer pending'),
  limited('microtask-storm', 'a storm of microtasks'),
  limited('sync-crypto', 'a long `pbkdf2Sync`'),
  limited('child-sleeps', '`execSync("sleep 30")`'),
  told({
    name: 'exit-zero',
    does: '`process.exit(0)`',
    type: 'Runtime.ExitError',
    message: /^Runtime exited without providing a reason$/,
  }),
  told({
    name: 'exit-one',
    does: '`process.exit(1)`',
    type: 'Runtime.ExitError',
    message: /^Runtime exited with error: exit status 1$/,
  }),
  told({
    name: 'stack-overflow',
    does: 'a recursion without end',
    type: 'RangeError',
    header: 'Function.RangeError',
    message: /^Maximum call stack size exceeded$/,
  }),
  told({
    name: 'throws',
    does: 'a throw',
    type: 'OrderError',
    header: 'Function.OrderError',
    message: /^no such order$/,
  }),
  told({
    name: 'throws-in-timer',
    does: 'a throw in a timer',
    type: 'RangeError',
    header: 'Function.UncaughtException',
    message: /^in a timer$/,
  }),
  told({
    name: 'unhandled-rejection',
    does: 'a rejection that nobody handles',
    type: 'Runtime.UnhandledPromiseRejection',
    message: /^RangeError: nobody listens$/,
  }),
  told({
    name: 'heap-of-objects',
    does: 'a heap full of small objects',
    type: 'Runtime.OutOfMemory',
    message: /\d+ MB/,
    setup: { memoryMb: 128, timeoutMs: 20_000 },
  }),
];
