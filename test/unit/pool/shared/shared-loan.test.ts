// Room for one invocation, and which thread runs it: with threads that a test moves by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { HELD_GRACE_MS } from '../../../../src/core/limits.ts';
import type { ErrorOutcome } from '../../../../src/core/outcome.ts';
import type { SlotResult } from '../../../../src/core/ports.ts';
import { SUCCESS } from './fake-slot.ts';
import { invoke, make } from './lent-room.ts';

const DEATH: ErrorOutcome = {
  kind: 'crash',
  error: { errorType: 'Error', errorMessage: 'died', trace: [] },
  headerType: 'Runtime.ExitError',
};
const CRASH: SlotResult = { kind: 'crash', outcome: DEATH };

test('an invocation that is served gives its thread and then its room back', async () => {
  const made = make();
  const [first] = made.slots;
  const { loan, results } = invoke(made);
  assert.equal(loan.id, 1);
  assert.equal(loan.isOver, false);
  first.take(1);
  assert.equal(loan.isOver, true, 'nobody has to move it any more');
  first.answer(1);
  await turn();
  assert.deepEqual(results, [SUCCESS]);
  const once = { begun: 1, running: 0, left: 1, served: 1 };
  assert.deepEqual(made.counts, { ...once, returned: 0 });
  assert.deepEqual([made.threads[0]?.load, first.state], [0, 'ready']);
  loan.release();
  loan.release();
  assert.deepEqual(made.counts, { ...once, returned: 1 }, 'it is given back once');
});

test('what lies in front of a thread goes to another one, with all its bytes', async () => {
  const made = make();
  const [first, second] = made.slots;
  const { loan, results } = invoke(made, 'r-1', 'the event');
  made.clock.pass(7);
  loan.move();
  assert.equal(first.take(1), false, 'the first thread never begins it');
  assert.deepEqual(first.forgotten, [1]);
  assert.equal(made.threads[0]?.isLate, true);
  assert.deepEqual([loan.id, loan.moves, loan.offeredAtMs], [2, 1, made.clock.nowMonotonicMs()]);
  const moved = second.sent[0]?.invocation;
  assert.equal(new TextDecoder().decode(moved?.event), 'the event');
  assert.equal(moved?.requestId, 'r-1');
  assert.deepEqual(
    made.threads.map(({ load }) => load),
    [0, 1],
  );
  assert.deepEqual(made.offers, [loan], 'it is watched in its new place as well');
  assert.equal(loan.isOver, false);
  second.take(1);
  second.answer(1);
  await turn();
  assert.deepEqual(results, [SUCCESS]);
  // It has left both threads: a thread that was to end after it has to be told.
  assert.deepEqual(made.counts, { begun: 1, running: 0, left: 2, served: 1, returned: 0 });
});

test('what a thread has begun stays there', () => {
  const made = make();
  const { loan } = invoke(made);
  made.slots[0].take(1);
  loan.move();
  assert.deepEqual([loan.id, loan.moves, made.slots[1].sent.length], [1, 0, 0]);
});

test('what no other thread has room for stays there, and nothing is lost', () => {
  const made = make();
  for (const name of ['a', 'b', 'c']) invoke(made, name);
  const { loan } = invoke(made, 'd');
  assert.equal(loan.id, 2);
  loan.move();
  assert.deepEqual([loan.id, loan.moves], [2, 0]);
  assert.equal(made.slots[1].take(2), true);
});

test('a result says that the loop of its thread turns', async () => {
  const made = make();
  const [thread] = made.threads;
  assert.ok(thread !== undefined);
  invoke(made);
  made.slots[0].take(1);
  thread.isLate = true;
  made.slots[0].answer(1);
  await turn();
  assert.equal(thread.isLate, false);
});

test('a thread that dies under an event that it has not taken has not begun it', async () => {
  const made = make();
  const { loan, results } = invoke(made);
  made.slots[0].answer(1, CRASH);
  await turn();
  assert.deepEqual(results, [{ kind: 'unbegun' }]);
  assert.equal(made.counts.returned, 1, 'nobody gives back what was lost');
  loan.release();
  assert.deepEqual(made.counts, { begun: 1, running: 0, left: 1, served: 0, returned: 1 });
  assert.equal(made.threads[0]?.load, 0);
});

test('a thread that dies under an event that it has taken is its crash', async () => {
  const made = make();
  const { loan, results } = invoke(made);
  made.slots[0].take(1);
  made.slots[0].answer(1, CRASH);
  await turn();
  assert.deepEqual(results, [CRASH]);
  assert.equal(made.counts.returned, 1, 'nobody gives back what was lost');
  loan.release();
  assert.deepEqual(made.counts, { begun: 1, running: 0, left: 1, served: 0, returned: 1 });
  assert.equal(made.threads[0]?.load, 0);
});

test('at a deadline the thread is left to the others, and the room is free', async () => {
  const made = make();
  const [first] = made.slots;
  const { loan, results } = invoke(made);
  first.take(1);
  loan.condemn('timeout');
  assert.deepEqual(first.abandoned, [1]);
  assert.equal(made.threads[0]?.leaving?.reason, 'an invocation overran in it');
  assert.equal(first.endCause, 'timeout', 'there was nobody else on it');
  loan.condemn('timeout');
  loan.release();
  assert.deepEqual(made.counts, { begun: 1, running: 0, left: 1, served: 0, returned: 1 });
  await turn();
  assert.deepEqual(results, []);
});

test('at a deadline an event that no thread has taken is withdrawn, and its thread asked', () => {
  const made = make();
  const [first] = made.slots;
  const { loan } = invoke(made);
  loan.condemn('timeout');
  assert.deepEqual([first.forgotten, first.abandoned], [[1], []]);
  assert.equal(made.threads[0]?.isUsable, true);
  assert.equal(made.threads[0]?.load, 0);
  assert.equal(made.counts.returned, 1);
  made.clock.pass(HELD_GRACE_MS);
  assert.equal(first.endCause, 'timeout', 'work that was left behind is in the way');
});

test('at the end of the service the thread is not ended for it', () => {
  const made = make();
  const { loan } = invoke(made);
  made.slots[0].take(1);
  loan.condemn('drain');
  made.clock.pass(10 * HELD_GRACE_MS);
  assert.deepEqual([made.slots[0].endCause, made.counts.returned], [undefined, 1]);
});

test('a late result of an invocation that was decided is told, and counts for nobody', async () => {
  const made = make();
  const [first] = made.slots;
  const [{ loan, results }] = [invoke(made), invoke(made), invoke(made)];
  first.take(1);
  loan.condemn('drain');
  first.answer(1);
  await turn();
  assert.deepEqual(results, [SUCCESS], 'the arbiter knows that it is late');
  assert.deepEqual([made.counts.returned, made.counts.served], [1, 0]);
});

test('of an event that was not taken the evidence is that nothing has begun', async () => {
  const made = make();
  const { loan } = invoke(made);
  const { evidence } = await loan.collectEvidence(100);
  assert.equal(evidence.kind, 'unstarted');
  made.slots[0].take(1);
  made.slots[0].answer(1);
  await turn();
  const after = await loan.collectEvidence(100);
  assert.equal(after.evidence.kind, 'none', 'it is over');
});

test('room that nothing was run in is given back once', () => {
  const made = make();
  const loan = made.lend();
  assert.equal(loan.isReady, true);
  loan.release();
  loan.condemn('drain');
  assert.deepEqual(made.counts, { begun: 0, running: 0, left: 0, served: 0, returned: 1 });
});

test('it is ready while any thread takes something', () => {
  const made = make();
  const loan = made.lend();
  for (const slot of made.slots) {
    assert.equal(loan.isReady, true);
    slot.end('crash');
  }
  assert.equal(loan.isReady, false);
});
