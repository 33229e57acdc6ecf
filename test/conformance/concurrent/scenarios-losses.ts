// What one invocation can do to those beside it: they are told at once, and capacity comes back.
import assert from 'node:assert/strict';

import {
  checkCapacity,
  checkThreadFault,
  passTime,
  releaseWell,
  type ThreadFault,
  toFailure,
} from './check.ts';
import { isRefused, type SharedCaller, type SharedHost } from './host.ts';
import type { SharedScenario } from './scenario.ts';

const AT_ONCE = 6;
/** Whole seconds; AWS's emulator gives Init as much. */
const TIMEOUT_MS = 4000;

/** In which a thread that turns has to get one of as many events as there are places. */
const ROUNDS_MAX = 50;

type Row = ThreadFault & { readonly name: string };

const rows: readonly Row[] = [
  {
    name: 'an exception in a timer',
    way: 'throwsInTimer',
    errorType: 'SyntaxError',
    errorMessage: /^in a timer$/,
    trace: /concurrent\.mjs:\d+/,
  },
  {
    name: 'a rejection that nobody hears',
    way: 'rejectsUnheard',
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: /^RangeError: nobody listens$/,
    trace: /concurrent\.mjs:\d+/,
  },
  {
    name: 'process.exit()',
    way: 'exits',
    errorType: 'Runtime.ExitError',
    errorMessage: /^RequestId: call-\d+-\d+ Error: Runtime exited with error: exit status 7$/,
    trace: /concurrent\.mjs:\d+/,
  },
];

const tellsDeadlines = (host: SharedHost): boolean => host.tellsDeadlines;

export const losses: readonly SharedScenario[] = [
  ...rows.map(
    ({ name, ...fault }): SharedScenario => ({
      name: `${name} fails what shares its thread and nothing else; N is N again, in one process`,
      concurrency: AT_ONCE,
      run: (caller) => checkThreadFault(caller, fault),
    }),
  ),
  {
    name: 'a thread that was blocked for a moment is given events again',
    concurrency: AT_ONCE,
    run: checkBlockedThread,
  },
  {
    name: 'an endless loop fails what shares its thread and nothing else; N is N again',
    concurrency: AT_ONCE,
    timeoutMs: TIMEOUT_MS,
    isFor: tellsDeadlines,
    run: (caller) =>
      checkThreadFault(caller, {
        way: 'spins',
        errorType: 'Sandbox.Timedout',
        errorMessage: /^RequestId: call-\d+-\d+ Error: Task timed out after 4\.00 seconds$/,
        trace: /concurrent\.mjs:\d+/,
      }),
  },
  {
    name: 'an event that waits too long is answered at its deadline, those beside it go on',
    concurrency: AT_ONCE,
    timeoutMs: TIMEOUT_MS,
    isFor: tellsDeadlines,
    run: checkOverrun,
  },
  {
    name: 'an answer behind the platform’s timeout is refused, harms nobody, and N is N again',
    concurrency: 3,
    timeoutMs: TIMEOUT_MS,
    isFor: (host) => !host.tellsDeadlines,
    run: checkLateAnswer,
  },
];

async function checkBlockedThread(caller: SharedCaller): Promise<void> {
  const pid = await checkCapacity(caller);
  const blocking = await caller.hold({});
  await caller.release([blocking], 'leavesWork');
  // Those that were given to this thread go to the other.
  await releaseWell(caller, await caller.fill(2));
  const counts: number[] = [];
  for (let round = 1; !counts.some((count) => count > 0); round += 1) {
    assert.ok(round <= ROUNDS_MAX, `in ${ROUNDS_MAX} rounds the thread has got nothing`);
    const held = await caller.fill(AT_ONCE);
    counts.push(held.filter(({ threadId }) => threadId === blocking.threadId).length);
    await releaseWell(caller, held);
  }
  await checkCapacity(caller, pid);
}

async function checkOverrun(caller: SharedCaller): Promise<void> {
  const pid = await checkCapacity(caller);
  const late = await caller.hold({});
  await passTime();
  const held = await caller.fill(AT_ONCE - 1);
  const { errorType, errorMessage } = toFailure(await late.reply);

  assert.equal(errorType, 'Sandbox.Timedout');
  assert.match(errorMessage, /Task timed out after 4\.00 seconds$/);
  await releaseWell(caller, held);
  await checkCapacity(caller, pid);
}

/** The platform's timeout stops no code: the place is taken until the handler gives it back. */
async function checkLateAnswer(caller: SharedCaller): Promise<void> {
  const pid = await checkCapacity(caller);
  const late = await caller.hold({ label: 'late' });
  const { errorType } = toFailure(await late.reply);
  const held = await caller.fill(2);
  const refused = await caller.send({});

  assert.equal(errorType, 'Sandbox.Timedout');
  assert.ok(isRefused(refused), refused.text);
  caller.gate.letGo(late.requestId);
  const line = `^\\{.*"answer_refused".*"request_id":"${late.requestId}"`;
  await caller.output.waitFor(new RegExp(line, 'm'));
  await releaseWell(caller, held);
  await checkCapacity(caller, pid);
}
