// A handler that does not come back is answered before its deadline, time after time, by one and
// the same process. FAULT_RUNS sets how often; 50 makes the hundred of the acceptance.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { answersFor, startFunction } from '../support/start-function.ts';

const RUNS = Number(process.env['FAULT_RUNS'] ?? 5);
const TIMEOUT_MS = 1000;

type Row = {
  readonly fixture: string;
  readonly memoryMb: number;
  readonly standby: number;
};

const rows: readonly Row[] = [
  { fixture: 'spin-forever', memoryMb: 512, standby: 1 },
  { fixture: 'waits-forever', memoryMb: 512, standby: 1 },
  { fixture: 'spin-forever', memoryMb: 128, standby: 0 },
  { fixture: 'waits-forever', memoryMb: 128, standby: 0 },
];

// One after the other: what is measured is how far the deadline is away.
for (const row of rows) {
  const { fixture, standby } = row;
  const what = `${fixture} with ${standby} standby is answered before its deadline`;
  test(`${what}, ${RUNS} of ${RUNS} times`, (t) => checkTimeouts(t, row));
}

async function checkTimeouts(context: TestContext, row: Row): Promise<void> {
  const { fixture, memoryMb, standby } = row;
  const { emulator } = await startFunction(context, `${fixture}.handler`, {
    memoryMb,
    env: { BULKHEAD_STANDBY: String(standby) },
  });
  const before = await emulator.invoke({ ok: true });
  const pid = emulator.runtimePid;
  assert.deepEqual(before.payload, { pid });

  const earlyMs: number[] = [];
  for (let run = 0; run < RUNS; run += 1) earlyMs.push(await timeOutOnce(emulator, pid));

  assert.equal(emulator.restartCount, 0);
  earlyMs.sort((one, other) => one - other);
  const [min, median, max] = [0, RUNS >> 1, RUNS - 1].map((index) => earlyMs[index]);
  context.diagnostic(
    `${fixture}, standby ${standby}: answered min ${min}, median ${median}, max ${max} ms ` +
      `before the deadline, n=${RUNS}`,
  );
}

/** Returns how long before the deadline the answer was there. */
async function timeOutOnce(emulator: Emulator, pid: number | undefined): Promise<number> {
  // What the runtime is told, so that the test knows it to the millisecond. The function's own
  // clock starts later and ends later.
  const deadlineEpochMs = Date.now() + TIMEOUT_MS;
  const result = await emulator.invoke({}, { deadlineEpochMs, timeoutMs: TIMEOUT_MS });
  const after = await emulator.invoke({ ok: true });

  const { requestId } = result;
  const { errorType, errorMessage } = result.payload as Record<string, unknown>;
  assert.equal(errorType, 'Sandbox.Timedout');
  assert.equal(errorMessage, `RequestId: ${requestId} Error: Task timed out after 1.00 seconds`);
  // The emulator has a timeout of its own; only an accepted answer came from the runtime.
  assert.deepEqual(await answersFor(emulator, requestId), [202]);
  const posted = await emulator.waitForExchange(
    (one) => one.endpoint === 'error' && one.requestId === requestId,
  );
  const earlyMs = deadlineEpochMs - posted.arrivedAtEpochMs;
  assert.ok(earlyMs > 0, `the answer came ${-earlyMs} ms after the deadline`);
  assert.equal(after.functionError, undefined);
  assert.deepEqual(after.payload, { pid });
  return earlyMs;
}
