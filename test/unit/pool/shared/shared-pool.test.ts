// Real threads that take several invocations at once: who gets which, and what a loss does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Slot } from '../../../../src/core/ports.ts';
import { invocationOf } from './fake-slot.ts';
import { makePool, startPool } from './running-pool.ts';

test('lanes are let in as far as the threads have room, and the least loaded is next', async (t) => {
  const { pool, run, letGo } = await startPool(t);
  const running = [run('waits'), run('waits'), run('waits'), run('waits')];
  assert.deepEqual(
    running.map(({ slot }) => slot.id),
    [1, 2, 1, 2],
  );
  assert.equal(pool.tryAcquire(), undefined);
  for (const one of running) letGo(one);
  for (const { result } of running) assert.equal((await result).kind, 'result');
  running[0]?.slot.release();
  assert.ok(pool.tryAcquire() !== undefined);
  assert.equal(pool.tryAcquire(), undefined);
});

test('no more lanes are let in than there are to be, whatever room there is', async (t) => {
  const { pool } = await startPool(t, { laneCount: 3 });
  const slots = [pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()];
  assert.deepEqual(
    slots.map((slot) => slot !== undefined),
    [true, true, true, false],
  );
});

test('a lost thread takes its room along, until its replacement is ready', async (t) => {
  const { pool, run, starts, until, ends, untilReady } = await startPool(t);
  const { slot, result } = run('throws');
  assert.equal((await result).kind, 'crash');
  slot.release();
  assert.deepEqual(
    [pool.tryAcquire()?.id, pool.tryAcquire()?.id].map((id) => id !== undefined),
    [true, true],
  );
  assert.equal(pool.tryAcquire(), undefined, 'there is the room of one thread');
  pool.replenish();
  await untilReady(3);
  assert.deepEqual(starts, [2, 3, 4]);
  assert.ok(pool.tryAcquire() !== undefined);
  assert.ok(pool.tryAcquire() !== undefined);
  assert.equal(pool.tryAcquire(), undefined);
  await until(() => ends.length === 1);
  assert.equal(ends[0]?.cause, 'crash');
});

test('parked lanes of a lost thread use the threads that there are', async (t) => {
  const { pool, run, ends, until } = await startPool(t);
  const parked = [1, 2, 3].map(() => pool.tryAcquire());
  const dying = run('throws');
  await dying.result;
  await until(() => ends.length === 1);
  for (const slot of parked) {
    assert.equal(slot?.isReady, true);
    assert.equal((await run('answers', slot).result).kind, 'result');
    assert.equal(slot?.id, 2, 'beyond its room while the other one is missing');
  }
  assert.equal(pool.tryAcquire(), undefined);
});

test('a standby takes the place of a thread that is lost, at once', async (t) => {
  const { pool, run, untilReady, clock } = await startPool(t, { activeCount: 1, standbyCount: 1 });
  pool.replenish();
  await untilReady(2);
  const states = async (): Promise<unknown> => {
    const { states } = await pool.census();
    return [states.get('standby') ?? 0, states.get('ready') ?? 0];
  };
  assert.deepEqual(await states(), [1, 1]);
  const [parked, { slot, result }] = [pool.tryAcquire(), run('throws')];
  assert.equal(pool.tryAcquire(), undefined, 'a standby gives no room');
  await result;
  assert.equal(slot.id, 1);
  assert.deepEqual(await states(), [0, 1]);
  assert.equal(parked?.isReady, true);
  const next = run('answers');
  assert.equal((await next.result).kind, 'result');
  assert.equal(next.slot.id, 2);
  clock.pass(0);
  await untilReady(3);
  assert.deepEqual(await states(), [1, 1], 'and there is a new standby');
});

test('who waits gets the room that is given back, before anybody who comes later', async (t) => {
  const { pool, run } = await startPool(t, { activeCount: 1, laneCount: 2 });
  const [first] = [run('answers'), run('answers')];
  await first?.result;
  let got: Slot | undefined;
  const acquired = pool.acquire().then((one) => {
    if (one.kind === 'slot') got = one.slot;
  });
  first?.slot.release();
  assert.equal(pool.tryAcquire(), undefined);
  await acquired;
  assert.ok(got?.isReady);
});

test('an event that is here is served by whoever there is, whatever lanes have got', async (t) => {
  const { pool, run, untilReady } = await startPool(t, { activeCount: 1, laneCount: 2 });
  pool.replenish();
  await run('throws').result;
  const lanes = [1, 2, 3].map(() => pool.acquire());
  const events = ['r', 's', 't'].map((requestId) => pool.acquire(invocationOf(requestId)));
  let inTime = 0;
  for (const lane of lanes) void lane.then(() => (inTime += 1));
  await untilReady(2);
  for (const acquired of await Promise.all(events)) assert.equal(acquired.kind, 'slot');
  assert.equal(inTime, 2, 'lanes have the room that there is');
  assert.equal((await pool.census()).queuedCount, 3);
});

test('a first Init that fails starts nobody else', async (t) => {
  const { pool, starts, clock } = makePool(t, { failing: [1] });
  const result = await pool.start();
  assert.ok(result.kind === 'failure');
  assert.equal(result.error.errorMessage, 'bad import');
  clock.pass(60_000);
  assert.deepEqual(starts, [2]);
  assert.equal(pool.tryAcquire(), undefined);
});

test('a thread of exclusive placement never has a second invocation', async (t) => {
  const { pool, run, letGo, until, ends } = await startPool(t, { room: 1, laneCount: 2 });
  const [first, second] = [run('throws'), run('waits')];
  assert.deepEqual([first.slot.id, second.slot.id], [1, 2]);
  assert.equal(pool.tryAcquire(), undefined);
  await first.result;
  await until(() => ends.length === 1);
  let isServed = false;
  const waiting = pool.acquire(invocationOf('r')).then((acquired) => {
    isServed = true;
    return acquired;
  });
  letGo(second);
  await second.result;
  assert.equal(isServed, false, 'the room of the one that there is has not been given back');
  second.slot.release();
  const acquired = await waiting;
  assert.ok(acquired.kind === 'slot');
  assert.equal((await run('answers', acquired.slot).result).kind, 'result');
});

test('the metrics see who is parked and who runs', async (t) => {
  const { pool, run } = await startPool(t);
  pool.tryAcquire();
  run('waits');
  const { parkedCount, runningCount, queuedCount, states, threads } = await pool.census();
  assert.deepEqual([parkedCount, runningCount, queuedCount], [1, 1, 0]);
  assert.deepEqual([states.get('busy'), states.get('ready'), states.get('stuck')], [1, 1, 0]);
  assert.deepEqual(
    threads.map(({ slotId, load }) => [slotId, load]),
    [
      [1, 1],
      [2, 0],
    ],
  );
});
