import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PING_MS_MAX } from '../../../../src/core/limits.ts';
import type { Census } from '../../../../src/core/ports.ts';
import { type CensusSource, takeCensus } from '../../../../src/pool/shared/census.ts';
import { SharedThread } from '../../../../src/pool/shared/shared-thread.ts';
import { PausedClock } from '../paused-clock.ts';
import { FakeSlot } from './fake-slot.ts';

type Taking = {
  readonly clock: PausedClock;
  readonly slots: readonly FakeSlot[];
  readonly threads: readonly SharedThread[];
  readonly take: (changes?: Partial<CensusSource>) => Promise<Census>;
};

function make(count: number): Taking {
  const clock = new PausedClock();
  const slots = Array.from({ length: count }, (_, at) => new FakeSlot(at + 1));
  const threads = slots.map((slot) => new SharedThread(slot.whole));
  const take: Taking['take'] = (changes) =>
    takeCensus({
      clock,
      slots: slots.map(({ whole }) => whole),
      threads: new Map(threads.map((thread) => [thread.slot, thread])),
      endings: { goingCount: 0, stuckCount: 0 },
      laneCount: 0,
      runningCount: 0,
      queuedCount: 0,
      ...changes,
    });
  return { clock, slots, threads, take };
}

test('each thread is counted in its state', async () => {
  const { slots, threads, take, clock } = make(6);
  const [, busy, standby, leaving, starting, other] = slots;
  assert.ok(busy && standby && leaving && starting && other);
  busy.state = 'busy';
  standby.role = 'standby';
  const leavingThread = threads[3];
  assert.ok(leavingThread !== undefined);
  leavingThread.leaving = { reason: 'for a test', isWorn: false };
  starting.state = other.state = 'starting';
  other.role = 'standby';
  const taking = take({ endings: { goingCount: 2, stuckCount: 1 } });
  clock.pass(PING_MS_MAX);
  const { states } = await taking;
  assert.deepEqual(Object.fromEntries(states), {
    ready: 1,
    busy: 1,
    standby: 1,
    retiring: 1,
    starting: 2,
    ending: 2,
    stuck: 1,
  });
});

test('a loop is as late as its answer, and one that does not turn is not waited for', async () => {
  const { clock, slots, threads, take } = make(3);
  for (let count = 0; count < 4; count += 1) threads[1]?.offer();
  const taking = take();
  slots[0]?.turn();
  clock.pass(30);
  slots[1]?.turn();
  let isTold = false;
  void taking.then(() => {
    isTold = true;
  });
  clock.pass(PING_MS_MAX - 31);
  await turn();
  assert.equal(isTold, false);
  clock.pass(1);
  assert.deepEqual((await taking).threads, [
    { slotId: 1, load: 0, loopDelayMs: 0 },
    { slotId: 2, load: 4, loopDelayMs: 30 },
    { slotId: 3, load: 0, loopDelayMs: PING_MS_MAX },
  ]);
});

test('a thread that starts is not asked', async () => {
  const { slots, take } = make(1);
  const [slot] = slots;
  assert.ok(slot !== undefined);
  slot.state = 'starting';
  assert.deepEqual((await take()).threads, []);
});

test('lanes that have room and no event are parked', async () => {
  const { take } = make(0);
  const { parkedCount, runningCount, queuedCount } = await take({
    laneCount: 5,
    runningCount: 2,
    queuedCount: 7,
  });
  assert.deepEqual([parkedCount, runningCount, queuedCount], [3, 2, 7]);
  assert.equal((await take({ laneCount: 0, runningCount: 1 })).parkedCount, 0);
});
