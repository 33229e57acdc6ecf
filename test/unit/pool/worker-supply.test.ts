import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { START_FAILURES_MAX } from '../../../src/core/limits.ts';
import type { Telemetry } from '../../../src/core/telemetry-port.ts';
import type { WorkerSetup } from '../../../src/core/thread-protocol.ts';
import { WorkerSupply } from '../../../src/pool/worker-supply.ts';
import { PausedClock } from './paused-clock.ts';

type Running = {
  readonly supply: WorkerSupply;
  readonly clock: PausedClock;
  readonly starts: number[];
  /** Of each failure with nobody left: why no other is tried, if that is so. */
  readonly failures: (string | undefined)[];
  /** Of each start that was told: whether it has come to something. */
  readonly reports: boolean[];
  /** Emits `failure`. */
  readonly events: EventEmitter;
};

/** Two workers are wanted, and none of them can start. */
function startSupply(context: TestContext): Running {
  const clock = new PausedClock();
  const events = new EventEmitter();
  const starts: number[] = [];
  const failures: (string | undefined)[] = [];
  const reports: boolean[] = [];
  const workerStarted: Telemetry['workerStarted'] = ({ ok }) => void reports.push(ok);
  const ignore = (): void => {};
  const supply = new WorkerSupply({
    clock,
    telemetry: { workerStarted } as unknown as Telemetry,
    heapLimitMb: undefined,
    restartLimit: 1,
    entry: fileURLToPath(new URL('../../fixtures/threads/there-is-none.cjs', import.meta.url)),
    setup: (owner) => {
      starts.push(owner);
      return { argv: [] } as unknown as WorkerSetup;
    },
    missing: (slots) => 2 - slots.size,
    onReady: ignore,
    onFailure: (_, finalReason) => {
      failures.push(finalReason);
      events.emit('failure');
    },
    onListening: ignore,
    onThreadEnding: ignore,
    onLost: ignore,
    onEnded: ignore,
  });
  context.after(() => supply.close());
  return { supply, clock, starts, failures, reports, events };
}

test('the pause of a worker that is needed is kept, whoever asks for one', async (context) => {
  const { supply, clock, starts, events } = startSupply(context);
  const failed = once(events, 'failure');
  supply.fill();
  assert.equal(starts.length, 2);
  await failed;
  supply.fill();
  assert.equal(starts.length, 2, 'the failure of the first, beside the other, has set no pause');
  clock.pass(200);
  assert.equal(starts.length, 4);
});

test('with nobody left to serve there are so many tries, and no more', async (context) => {
  const { supply, clock, starts, failures, events } = startSupply(context);
  for (let tries = 1; tries <= START_FAILURES_MAX; tries += 1) {
    const failed = once(events, 'failure');
    clock.pass(10_000);
    supply.fill();
    await failed;
  }
  assert.equal(failures.filter((reason) => reason === undefined).length, START_FAILURES_MAX - 1);
  assert.match(failures.at(-1) ?? '', /the handler fails at each start/);
  const count = starts.length;
  clock.pass(100_000);
  supply.fill();
  assert.equal(starts.length, count);
});

test('who waits for those that start waits until the last has started, or has failed', async (context) => {
  const { supply, failures } = startSupply(context);
  await supply.started();
  assert.equal(failures.length, 0, 'nobody starts');
  supply.fill();
  await supply.started();
  assert.equal(supply.slots.size, 0);
  // Who fails beside another is not told; both may be gone before either has been looked at.
  assert.ok([1, 2].includes(failures.length), `${failures.length} failures`);
});

test('a start that makes way for another has not failed, then or when its time is over', async (context) => {
  const { supply, clock, starts, failures, reports } = startSupply(context);
  supply.fill();
  supply.dropStarting();
  assert.equal(supply.slots.size, 0);
  await supply.started();
  clock.pass(60_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([starts.length, failures, reports], [2, [], []]);
  supply.fill();
  assert.equal(starts.length, 4, 'and nothing is paused for');
});
