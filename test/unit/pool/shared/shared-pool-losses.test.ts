// Real threads that take several invocations at once, and one of these goes wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  HELD_GRACE_MS,
  OFFER_MS,
  OWN_GRACE_MS,
  TERMINATE_CALLS,
  TERMINATE_MS_MAX,
} from '../../../../src/core/limits.ts';
import type { SlotResult } from '../../../../src/core/ports.ts';
import { type Running, type RunningPool, startPool } from './running-pool.ts';

/** Much, so that a busy machine does not matter; a thread that answers does not use it up. */
const BUDGET_MS = 10_000;
/** It is used up where another one holds the thread. */
const HELD_BUDGET_MS = 1000;

/** As the supervisor does it at a deadline. */
async function overrun({ slot }: Running, budgetMs: number = BUDGET_MS): Promise<string> {
  const { evidence } = await slot.collectEvidence(budgetMs);
  slot.condemn('timeout');
  return evidence.kind;
}

function outcomeOf(result: SlotResult): { readonly kind: string; readonly text: string } {
  if (result.kind === 'unbegun' || result.outcome.kind === 'success') {
    return { kind: result.kind, text: '' };
  }
  return { kind: result.outcome.kind, text: result.outcome.error.errorMessage };
}

test('an event in front of a blocked thread is run by another one, once', async (t) => {
  const { run, untilBegun, clock, letGo } = await startPool(t);
  const [blocking, other] = [run('blocks'), run('answers')];
  await untilBegun(blocking);
  await other.result;
  const late = run('answers');
  // The third is as loaded as the first; then the first has one, and so has the second.
  assert.equal(late.slot.id, 2);
  const stuck = run('answers');
  assert.deepEqual([blocking.slot.id, stuck.slot.id], [1, 1]);
  await late.result;
  clock.pass(OFFER_MS);
  assert.equal(stuck.slot.id, 2);
  assert.equal((await stuck.result).kind, 'result');
  letGo(blocking);
  assert.equal((await blocking.result).kind, 'result');
});

test('a death is told to those whom it has hurt, and what was not begun is not among them', async (t) => {
  const { run, untilBegun, letGo } = await startPool(t, { activeCount: 1, room: 4 });
  const [waiting, blocking] = [run('waits'), run('blocks')];
  await untilBegun(waiting);
  await untilBegun(blocking);
  const dying = run('throws');
  letGo(blocking);
  assert.equal((await blocking.result).kind, 'result');
  const hurt = outcomeOf(await waiting.result);
  assert.equal(hurt.kind, 'neighbour');
  assert.match(hurt.text, /Stopped because of invocation r-2 .* ended it by an uncaught exception/);
  assert.deepEqual(outcomeOf(await dying.result), { kind: 'crash', text: 'too far' });
});

test('an event that a dying thread has not taken is not begun', async (t) => {
  const { clock, run, untilBegun } = await startPool(t, { activeCount: 1, room: 4 });
  const blocking = run('blocks');
  await untilBegun(blocking);
  const lying = run('answers');
  await overrun(blocking);
  clock.pass(OWN_GRACE_MS);
  assert.deepEqual(await lying.result, { kind: 'unbegun' });
});

test('one that blocks its thread past its deadline ends it', async (t) => {
  const { clock, run, untilBegun, ends, until, starts, untilReady, pool } = await startPool(t, {
    activeCount: 1,
    room: 4,
  });
  pool.replenish();
  const [blocking, neighbour] = [run('blocks'), run('waits')];
  await untilBegun(blocking);
  // The neighbour has been taken or not: it is told, or can be run again.
  assert.equal(await overrun(blocking), 'busy');
  clock.pass(OWN_GRACE_MS);
  const { kind } = outcomeOf(await neighbour.result);
  assert.ok(kind === 'neighbour' || kind === 'unbegun', kind);
  await until(() => ends.length === 1);
  assert.equal(ends[0]?.cause, 'timeout');
  await untilReady(2);
  assert.equal(starts.length, 2);
});

test('one that only waits leaves its thread to the others, which is replaced at once', async (t) => {
  const { run, untilWaiting, ends, until, pool, untilReady, letGo, clock } = await startPool(t, {
    activeCount: 1,
    room: 4,
  });
  pool.replenish();
  clock.pass(0);
  const [slow, neighbour] = [run('waits'), run('waits')];
  await untilWaiting(slow);
  await untilWaiting(neighbour);
  assert.equal(await overrun(slow), 'waiting');
  await untilReady(2);
  const next = run('answers');
  assert.equal((await next.result).kind, 'result');
  assert.equal(next.slot.id, 2);
  const { states } = await pool.census();
  assert.deepEqual([states.get('retiring'), states.get('ready')], [1, 1]);
  assert.equal(ends.length, 0);
  letGo(neighbour);
  assert.equal((await neighbour.result).kind, 'result');
  await until(() => ends.length === 1);
  assert.deepEqual([ends[0]?.slotId, ends[0]?.detail], [1, 'an invocation overran in it']);
});

type Held = { readonly holder: Running; readonly slow: Running; readonly other: Running };

/** Two wait on the one thread, and the third blocks it when they do. */
async function hold({ run, untilBegun }: RunningPool): Promise<Held> {
  const [slow, other] = [run('waits'), run('waits')];
  await untilBegun(slow);
  await untilBegun(other);
  const holder = run('blocks');
  await untilBegun(holder);
  return { holder, slow, other };
}

test('who is held by another one is told by whom, and that one has a second more', async (t) => {
  const running = await startPool(t, { activeCount: 1, room: 4 });
  const { holder, slow, other } = await hold(running);
  assert.equal(await overrun(slow, HELD_BUDGET_MS), 'held');
  running.clock.pass(HELD_GRACE_MS);
  const [held, stopped] = [outcomeOf(await other.result), outcomeOf(await holder.result)];
  assert.equal(held.kind, 'neighbour');
  assert.match(held.text, /invocation r-2 .* blocked it past the deadline of another one/);
  assert.equal(stopped.kind, 'timeout');
  assert.match(stopped.text, /r-2 Error: Task stopped: it blocked the thread/);
  await running.until(() => running.ends.length === 1);
});

test('a computation that ends within that second is a result, and nobody is hurt', async (t) => {
  const running = await startPool(t, { activeCount: 1, room: 4 });
  const { clock, ends, letGo, until } = running;
  const { holder, slow, other } = await hold(running);
  assert.equal(await overrun(slow, HELD_BUDGET_MS), 'held');
  clock.pass(HELD_GRACE_MS - 1);
  letGo(holder);
  assert.equal((await holder.result).kind, 'result');
  // What it says next comes behind its answer to the question whether it turns.
  const { threads } = await running.pool.census();
  assert.equal(threads[0]?.load, 1);
  clock.pass(10 * HELD_GRACE_MS);
  assert.equal(ends.length, 0);
  letGo(other);
  assert.equal((await other.result).kind, 'result');
  // A thread that was looked at may take the first call for the end of the look: it is told again.
  clock.pass(TERMINATE_MS_MAX / TERMINATE_CALLS);
  await until(() => ends.length === 1);
});

test('work that was left behind is stopped when it keeps events waiting', async (t) => {
  const { run, untilBegun, clock, until, ends } = await startPool(t, { activeCount: 1, room: 4 });
  const answered = run('leavesBehind');
  assert.equal((await answered.result).kind, 'result');
  answered.slot.release();
  await untilBegun(answered, true);
  const lying = run('answers');
  clock.pass(10 * OFFER_MS);
  assert.equal(await overrun(lying), 'unstarted');
  clock.pass(HELD_GRACE_MS - 1);
  assert.equal(ends.length, 0);
  clock.pass(1);
  await until(() => ends.length === 1);
  assert.match(ends[0]?.detail ?? '', /work that was left behind/);
});

test('threads that are left to their neighbours are replaced, but not without end', async (t) => {
  const { run, untilWaiting, pool, untilReady, starts, clock } = await startPool(t, {
    activeCount: 1,
    room: 4,
    laneCount: 16,
  });
  pool.replenish();
  for (const ready of [2, 2]) {
    const [slow, neighbour] = [run('waits'), run('waits')];
    await untilWaiting(slow);
    await untilWaiting(neighbour);
    assert.equal(await overrun(slow), 'waiting');
    await untilReady(ready);
  }
  clock.pass(10 * HELD_GRACE_MS);
  assert.deepEqual(starts, [2, 3], 'there are never more than twice as many as are wanted');
  assert.equal(pool.tryAcquire(), undefined);
});

const RECYCLE = { afterInvocations: 2, heapMb: undefined, ageS: undefined };

test('a worn thread serves until its replacement is there, and goes when it is idle', async (t) => {
  const { run, pool, untilReady, ends, until, letGo } = await startPool(t, {
    activeCount: 1,
    room: 4,
    recycle: RECYCLE,
  });
  pool.replenish();
  for (let count = 0; count < 2; count += 1) {
    const { slot, result } = run('answers');
    await result;
    slot.release();
  }
  const last = run('waits');
  assert.equal(last.slot.id, 1);
  await untilReady(2);
  assert.equal(ends.length, 0, 'it has one yet');
  letGo(last);
  assert.equal((await last.result).kind, 'result');
  last.slot.release();
  await until(() => ends.length === 1);
  assert.deepEqual([ends[0]?.slotId, ends[0]?.cause], [1, 'recycle']);
  const next = run('answers');
  assert.equal((await next.result).kind, 'result');
  assert.equal(next.slot.id, 2);
});
