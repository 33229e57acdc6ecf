// Managed Instances: deadlines on a thread that several share. The platform stops nothing, so each
// answer has to be there before the deadline.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Held,
  ManagedFunction,
  type Step,
  toError,
  toTold,
} from '../../support/managed-function.ts';
import { untilLogged } from '../../support/until.ts';

const SHORT_MS = 2500;
/** Time to look where a handler is, on a machine that is busy with other tests. */
const MARGIN = { BULKHEAD_DEADLINE_MARGIN_MS: '250' } as const;
/** The ends of workers are in the log. */
const VERBOSE = { AWS_LAMBDA_RUNTIME_VERBOSE: '1', ...MARGIN } as const;
const NEIGHBOUR_FAILED = 'Runtime.NeighbourFailed';

test('who overruns while its loop turns is abandoned, its neighbours finish', async (context) => {
  const managed = await ManagedFunction.start(context, {
    concurrency: 4,
    threads: 1,
    env: VERBOSE,
  });
  const { emulator, gate, log } = managed;
  const neighbour = await managed.hold('neighbour', [['log', 'of the neighbour']]);
  const steps = [
    ['log', 'late line'],
    ['wait', 1],
    ['log', 'later line'],
    ['gate', 'end'],
  ] as const;
  const deadline = { timeoutMs: SHORT_MS, deadlineEpochMs: Date.now() + SHORT_MS };
  const late = await managed.hold('late', steps, deadline);

  const { errorType, errorMessage, trace } = toError(await late.result);
  // All polls are parked again but that of the neighbour, on a thread that takes its place.
  await emulator.waitForPoll({ count: 3 });
  const other = toTold(await managed.run([]));
  late.go();
  const lines = [
    await untilLogged(context, log, /late line/),
    await untilLogged(context, log, /later/),
  ];
  gate.open('end');
  neighbour.go();
  const told = toTold(await neighbour.result);
  const ended = await untilLogged(context, log, /worker_ended/);

  assert.equal(errorType, 'Sandbox.Timedout');
  assert.match(errorMessage, /^RequestId: late Error: Task timed out after 2\.\d\d seconds$/);
  assert.match(
    trace.join('\n'),
    /neighbours\.mjs.*waiting for \d TCPSocketWrap \(of all invocations on its thread\)$/ms,
  );
  assert.ok(managed.answeredAt('late') < deadline.deadlineEpochMs);
  assert.deepEqual(managed.answers('late'), ['error 202'], 'what it returns late is dropped');
  for (const line of lines) assert.equal(JSON.parse(line).requestId, 'late');
  assert.deepEqual([told.threadId, late.threadId], [neighbour.threadId, neighbour.threadId]);
  assert.notEqual(other.threadId, late.threadId);
  const { cause, detail } = JSON.parse(ended) as Record<string, unknown>;
  assert.deepEqual([cause, detail], ['timeout', 'an invocation overran in it']);
  managed.checkProcess(told.pid);
});

test('an endless loop: the culprit gets its stack, its neighbours are told', async (context) => {
  const managed = await ManagedFunction.start(context, { concurrency: 6, threads: 2, env: MARGIN });
  const { emulator } = managed;
  const held: Held[] = [];
  while (new Set(held.map(({ threadId }) => threadId)).size < 2) {
    assert.ok(held.length < 5, 'one of two threads gets no event');
    held.push(await managed.hold(`one-${held.length}`));
  }
  const deadlineEpochMs = Date.now() + SHORT_MS;
  const options = { timeoutMs: SHORT_MS, deadlineEpochMs };
  const culprit = await managed.hold('culprit', [['spin']], options);
  const near = held.filter(({ threadId }) => threadId === culprit.threadId);
  const far = held.filter(({ threadId }) => threadId !== culprit.threadId);
  culprit.go();

  const { errorType, trace } = toError(await culprit.result);
  for (const { name, result } of near) {
    const told = toError(await result);
    assert.equal(told.errorType, NEIGHBOUR_FAILED);
    const says = `RequestId: ${name} Error: Stopped because of invocation culprit on the same `;
    assert.ok(told.errorMessage.startsWith(says), told.errorMessage);
    assert.doesNotMatch(JSON.stringify(told), /neighbours\.mjs/);
  }
  await emulator.waitForPoll({ count: 6 - far.length });
  for (const { go, result, threadId } of far) {
    go();
    assert.equal(toTold(await result).threadId, threadId);
  }

  assert.equal(errorType, 'Sandbox.Timedout');
  assert.match(String(trace), /^ {4}at (\w+\.)?spin.* \(.*neighbours\.mjs:\d+:\d+\),/);
  for (const { name } of [culprit, ...near]) {
    assert.deepEqual(managed.answers(name), ['error 202']);
    assert.ok(managed.answeredAt(name) < deadlineEpochMs, 'nobody waits for the platform');
  }
});

test('a computation that ends soon after the deadline of another has its result', async (context) => {
  const managed = await ManagedFunction.start(context, { concurrency: 3, threads: 1, env: MARGIN });
  const { emulator } = managed;
  const deadlineEpochMs = Date.now() + SHORT_MS;
  const light = await managed.hold('light', [], { timeoutMs: SHORT_MS, deadlineEpochMs });
  const burning = [['burnUntil', deadlineEpochMs + 400]] as const;
  const heavy = await managed.hold('heavy', burning, { timeoutMs: 10_000 });
  heavy.go();

  const told = toError(await light.result);
  const { pid } = toTold(await heavy.result);
  await emulator.waitForPoll({ count: 3 });
  const other = toTold(await managed.run([]));

  checkBlocked(told, 'heavy');
  assert.ok(managed.answeredAt('light') < deadlineEpochMs);
  assert.ok(managed.answeredAt('heavy') >= deadlineEpochMs + 400);
  assert.deepEqual(managed.answers('heavy'), ['response 202']);
  // What has overrun in it is still in there.
  assert.notEqual(other.threadId, heavy.threadId);
  managed.checkProcess(pid);
});

test('a computation that goes on past the deadline of another is stopped', async (context) => {
  const managed = await ManagedFunction.start(context, { concurrency: 3, threads: 1, env: MARGIN });
  const { emulator } = managed;
  const deadlineEpochMs = Date.now() + SHORT_MS;
  const light = await managed.hold('light', [], { timeoutMs: SHORT_MS, deadlineEpochMs });
  const third = await managed.hold('third', [], { timeoutMs: 30_000 });
  const burning = [['burnUntil', deadlineEpochMs + 20_000]] as const;
  const heavy = await managed.hold('heavy', burning, { timeoutMs: 25_000 });
  heavy.go();

  const told = toError(await light.result);
  const stopped = toError(await heavy.result);
  const beside = toError(await third.result);
  const stoppedMs = managed.answeredAt('heavy') - managed.answeredAt('light');
  await emulator.waitForPoll({ count: 3 });
  const { pid } = toTold(await managed.run([]));

  checkBlocked(told, 'heavy');
  assert.ok(managed.answeredAt('light') < deadlineEpochMs);
  assert.equal(stopped.errorType, 'Sandbox.Timedout');
  assert.match(
    stopped.errorMessage,
    /^RequestId: heavy Error: Task stopped: it blocked the thread /,
  );
  assert.match(stopped.trace.join('\n'), /burnUntil .*neighbours\.mjs:\d+/);
  assert.equal(beside.errorType, NEIGHBOUR_FAILED);
  assert.match(
    beside.errorMessage,
    /^RequestId: third Error: Stopped because of invocation heavy /,
  );
  // A second is what it has, and a machine that is busy takes its time.
  assert.ok(stoppedMs >= 900 && stoppedMs < 5000, `stopped after ${stoppedMs} ms`);
  managed.checkProcess(pid);
});

test('an event in front of a thread that is blocked is answered in time', async (context) => {
  const managed = await ManagedFunction.start(context, { concurrency: 2, threads: 1, env: MARGIN });
  const { gate, log } = managed;
  const steps: Step[] = [
    ['log', 'burning'],
    ['burnUntil', Date.now() + 30_000],
  ];
  const heavy = await managed.hold('heavy', steps);
  heavy.go();
  await untilLogged(context, log, /burning/);
  const deadlineEpochMs = Date.now() + SHORT_MS;
  const options = { requestId: 'light', timeoutMs: SHORT_MS, deadlineEpochMs };
  const { errorType, trace } = toError(await managed.run([['gate', 'light']], options));
  const stopped = toError(await heavy.result);
  await managed.emulator.waitForPoll({ count: 2 });

  assert.equal(errorType, 'Sandbox.Timedout');
  assert.match(trace.join('\n'), /the event waited for a thread whose loop did not turn/);
  assert.ok(managed.answeredAt('light') < deadlineEpochMs);
  assert.match(stopped.errorMessage, /Task stopped: it blocked the thread/);
  assert.equal(gate.arrivals('light').length, 0, 'it has never run');
});

function checkBlocked(told: ReturnType<typeof toError>, by: string): void {
  assert.equal(told.errorType, 'Sandbox.Timedout');
  assert.match(told.errorMessage, /^RequestId: light Error: Task timed out after 2\.\d\d seconds$/);
  assert.equal(told.trace[0], `its thread was blocked by invocation ${by}:`);
  assert.match(told.trace.join('\n'), /burnUntil .*neighbours\.mjs:\d+/);
}
