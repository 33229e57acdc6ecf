// What becomes of a shared thread when one of its invocations has overrun.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Evidence } from '../../../../src/core/evidence.ts';
import { HELD_GRACE_MS, OWN_GRACE_MS } from '../../../../src/core/limits.ts';
import { Overruns } from '../../../../src/pool/shared/overruns.ts';
import { type Claim, SharedThread } from '../../../../src/pool/shared/shared-thread.ts';
import { PATIENTLY } from '../../../support/until.ts';
import { PausedClock } from '../paused-clock.ts';
import { FakeSlot, invocationOf } from './fake-slot.ts';

const WAITING: Evidence = { kind: 'waiting', resources: [], frames: [] };
const HELD: Evidence = { kind: 'held', by: 'r-2', inside: { kind: 'none', reason: '' } };
const NONE: Evidence = { kind: 'none', reason: '' };
const busy = (owner?: number): Evidence => ({ kind: 'busy', frames: ['spin'], ageMs: 0, owner });

type Made = {
  readonly clock: PausedClock;
  readonly slot: FakeSlot;
  readonly thread: SharedThread;
  readonly overruns: Overruns;
  readonly claims: readonly Claim[];
  readonly counts: { leaving: number };
  /** The first one is answered at its deadline. */
  readonly overrun: (evidence: Evidence | undefined, isTaken?: boolean) => void;
};

/** A thread that has so many invocations, r-1 and on, and has taken the first `taken`. */
function make(count: number, taken: number = count): Made {
  const clock = new PausedClock();
  const slot = new FakeSlot();
  const thread = new SharedThread(slot.whole);
  const claims: Claim[] = [];
  for (let number = 1; number <= count; number += 1) {
    const claim = thread.offer();
    void slot.invoke(invocationOf(`r-${number}`), undefined, undefined, claim);
    if (number <= taken) slot.take(number);
    claims.push(claim);
  }
  const counts = { leaving: 0 };
  const evidence = { clock, profileDir: undefined, onProblem: () => {} };
  const overruns = new Overruns({
    clock,
    evidence,
    onLeaving: () => {
      counts.leaving += 1;
    },
  });
  const overrun: Made['overrun'] = (evidence, isTaken = true) => {
    const [claim] = claims;
    assert.ok(claim !== undefined);
    // As a loan does it before.
    if (isTaken) thread.end(claim);
    else thread.withdraw(claim);
    overruns.overran(thread, { number: 1, requestId: 'r-1', isTaken, evidence });
  };
  return { clock, slot, thread, overruns, claims, counts, overrun };
}

test('one that blocks its thread itself ends it, and its neighbours are told', () => {
  const { clock, slot, counts, overrun } = make(3);
  overrun(busy(1));
  assert.equal(counts.leaving, 1);
  clock.pass(OWN_GRACE_MS - 1);
  assert.equal(slot.endCause, undefined, 'it may be in the middle of a short piece of work');
  clock.pass(1);
  assert.equal(slot.endCause, 'timeout');
  for (const requestId of ['r-2', 'r-3']) {
    const outcome = slot.failures.get(requestId);
    assert.equal(outcome?.kind, 'neighbour');
    assert.match(
      outcome?.error.errorMessage ?? '',
      /Stopped because of invocation r-1 on the same thread, which did not end in time/,
    );
  }
});

test('one whose code was seen to run in a loop that turns hurts nobody', () => {
  const { clock, slot, thread, overrun, claims } = make(3);
  overrun(busy(1));
  slot.turn();
  clock.pass(OWN_GRACE_MS);
  assert.equal(slot.endCause, undefined);
  assert.equal(slot.failures.size, 0);
  for (const claim of claims.slice(1)) thread.end(claim);
  assert.equal(thread.isUsable, false, 'it takes nothing new');
});

test('while the loop turns the neighbours finish, and the last one takes the thread along', () => {
  const { clock, slot, thread, overruns, claims, counts, overrun } = make(3);
  overrun(WAITING);
  assert.equal(thread.isUsable, false, 'it takes nothing new');
  assert.equal(counts.leaving, 1, 'and is replaced at once');
  clock.pass(100 * HELD_GRACE_MS);
  assert.equal(slot.endCause, undefined);
  for (const claim of claims.slice(1)) {
    assert.equal(slot.endCause, undefined);
    thread.end(claim);
    overruns.endIfLeft(thread);
  }
  assert.equal(slot.endCause, 'timeout');
  assert.equal(slot.endDetail, 'an invocation overran in it');
  assert.equal(slot.failures.size, 0);
});

test('a thread with nobody else on it ends at once, whatever is known', () => {
  for (const evidence of [WAITING, HELD, NONE, busy(), busy(1), undefined]) {
    const { slot, overrun } = make(1);
    overrun(evidence);
    assert.equal(slot.endCause, 'timeout', evidence?.kind);
  }
});

test('a thread that nobody leaves is not ended by an empty load', () => {
  const { slot, thread, overruns, claims } = make(1);
  for (const claim of claims) thread.end(claim);
  overruns.endIfLeft(thread);
  assert.equal(slot.endCause, undefined);
});

async function untilEnded(context: TestContext, slot: FakeSlot): Promise<void> {
  await context.waitFor(() => assert.notEqual(slot.endCause, undefined), PATIENTLY);
}

test('one that holds the thread has a second, and then each is told', async (context) => {
  const { clock, slot, overrun, thread, claims } = make(3);
  overrun(HELD);
  const third = claims[2];
  assert.ok(third !== undefined);
  // The first one is over, and the third has finished: the holder is known by being the only one.
  slot.answer(1);
  slot.answer(3);
  thread.end(third);
  clock.pass(HELD_GRACE_MS - 1);
  assert.equal(slot.endCause, undefined);
  clock.pass(1);
  await untilEnded(context, slot);
  assert.equal(slot.endCause, 'timeout');
  const outcome = slot.failures.get('r-2');
  assert.equal(outcome?.kind, 'timeout');
  assert.match(outcome?.error.errorMessage ?? '', /r-2 Error: Task stopped: it blocked the thread/);
});

test('where nobody knows who holds it, each is told that another one did', async (context) => {
  const { clock, slot, overrun } = make(3);
  overrun(NONE);
  clock.pass(HELD_GRACE_MS);
  await untilEnded(context, slot);
  for (const requestId of ['r-2', 'r-3']) {
    const { kind, error } = slot.failures.get(requestId) ?? {};
    assert.equal(kind, 'neighbour');
    assert.match(error?.errorMessage ?? '', /another invocation .* blocked it past the deadline/);
  }
});

test('a loop that turns within the second has done no wrong', () => {
  const { clock, slot, thread, overrun } = make(3);
  thread.isLate = true;
  overrun(HELD);
  clock.pass(HELD_GRACE_MS - 1);
  assert.equal(slot.turn(), 1);
  clock.pass(100 * HELD_GRACE_MS);
  assert.equal(slot.endCause, undefined);
  assert.equal(thread.isLate, false);
  assert.deepEqual(slot.failures.size, 0);
});

test('a loop that turns while it is looked at has done no wrong either', async (context) => {
  const { clock, slot, overrun } = make(3);
  overrun(NONE);
  clock.pass(HELD_GRACE_MS);
  let asked = 0;
  // The first question is from the beginning of the second; the look asks once more.
  await context.waitFor(() => {
    asked += slot.turn();
    assert.equal(asked, 2);
  }, PATIENTLY);
  // The look is over with that answer.
  await turn();
  assert.equal(slot.endCause, undefined);
});

test('who has left the thread to turn ends it once the last one is through', () => {
  const { slot, thread, overrun, claims } = make(2);
  overrun(HELD);
  for (const claim of claims.slice(1)) thread.end(claim);
  assert.equal(slot.endCause, undefined);
  slot.turn();
  assert.equal(slot.endCause, 'timeout');
});

test('a thread is asked once, however many overrun on it', () => {
  const { slot, thread, overruns, overrun } = make(3);
  overrun(HELD);
  thread.load = 1;
  overruns.overran(thread, { number: 2, requestId: 'r-2', isTaken: true, evidence: HELD });
  assert.equal(slot.turn(), 1);
});

test('a thread that has turned has a whole second the next time', () => {
  const { clock, slot, thread, overruns, overrun } = make(1, 0);
  const next = { number: 2, requestId: 'r-2', isTaken: false, evidence: undefined };
  overrun(undefined, false);
  clock.pass(HELD_GRACE_MS - 1);
  slot.turn();
  overruns.overran(thread, next);
  clock.pass(HELD_GRACE_MS - 1);
  assert.equal(slot.endCause, undefined);
  clock.pass(1);
  assert.equal(slot.endCause, 'timeout');
});

test('an event that was not taken says nothing against a thread that turns', () => {
  const { clock, slot, thread, counts, overrun } = make(1, 0);
  overrun({ kind: 'unstarted', reason: '' }, false);
  assert.equal(thread.isUsable, true);
  assert.equal(counts.leaving, 0);
  slot.turn();
  clock.pass(100 * HELD_GRACE_MS);
  assert.equal(slot.endCause, undefined);
});

test('work that was left behind ends a thread that lets an event lie', () => {
  const { clock, slot, overrun } = make(1, 0);
  overrun({ kind: 'unstarted', reason: '' }, false);
  clock.pass(HELD_GRACE_MS - 1);
  assert.equal(slot.endCause, undefined);
  clock.pass(1);
  assert.equal(slot.endCause, 'timeout');
  assert.match(slot.endDetail ?? '', /work that was left behind blocked it/);
});
