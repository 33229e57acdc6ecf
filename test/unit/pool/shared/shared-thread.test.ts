import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLAIM_CELLS } from '../../../../src/core/claim-board.ts';
import { SharedThread } from '../../../../src/pool/shared/shared-thread.ts';
import { FakeSlot, invocationOf } from './fake-slot.ts';

type Made = { readonly slot: FakeSlot; readonly thread: SharedThread };

function make(): Made {
  const slot = new FakeSlot();
  return { slot, thread: new SharedThread(slot.whole) };
}

/** As a loan does it: the claim first, then the task. */
function send({ slot, thread }: Made): ReturnType<SharedThread['offer']> {
  const claim = thread.offer();
  void slot.invoke(invocationOf('r'), undefined, undefined, claim);
  return claim;
}

test('it is busy while it has anything, and counts what it has', () => {
  const made = make();
  const { slot, thread } = made;
  const [first, second] = [send(made), send(made)];
  assert.deepEqual([first.number, second.number], [1, 2]);
  assert.notEqual(first.cell, second.cell);
  assert.deepEqual([thread.load, slot.state], [2, 'busy']);
  thread.end(first);
  assert.deepEqual([thread.load, slot.state], [1, 'busy']);
  thread.end(second);
  assert.deepEqual([thread.load, slot.state], [0, 'ready']);
});

test('what it has not taken is withdrawn once, and what it has taken never', () => {
  const made = make();
  const { slot, thread } = made;
  const [first, second] = [send(made), send(made)];
  assert.equal(slot.take(1), true);
  assert.equal(thread.hasTaken(first), true);
  assert.equal(thread.withdraw(first), false);
  assert.equal(thread.hasTaken(second), false);
  assert.equal(thread.withdraw(second), true);
  assert.equal(thread.withdraw(second), false);
  assert.equal(slot.take(2), false);
  assert.deepEqual(slot.forgotten, [2]);
  assert.equal(thread.load, 1);
});

test('a cell is given to one at a time, and then to another', () => {
  const made = make();
  const claims = [send(made), send(made), send(made)];
  assert.equal(new Set(claims.map(({ cell }) => cell)).size, 3);
  const [, second] = claims;
  assert.ok(second !== undefined);
  made.thread.end(second);
  assert.equal(send(made).cell, second.cell);
  assert.ok(!claims.map(({ cell }) => cell).includes(send(made).cell));
});

test('more than there are cells are sent for good', () => {
  const made = make();
  for (let count = 1; count < CLAIM_CELLS; count += 1) assert.ok(send(made).cell !== undefined);
  const claim = send(made);
  assert.equal(claim.cell, undefined);
  assert.equal(made.thread.hasTaken(claim), true);
  assert.equal(made.thread.withdraw(claim), false);
  made.thread.end(claim);
  assert.equal(made.thread.load, CLAIM_CELLS - 1);
});

test('a dead thread does not become ready by what it gives back', () => {
  const made = make();
  const claim = send(made);
  made.slot.end('crash');
  made.thread.end(claim);
  assert.equal(made.slot.state, 'gone');
});

test('it takes something new while it is active, alive and not leaving', () => {
  const { slot, thread } = make();
  for (const state of ['ready', 'busy'] as const) {
    slot.state = state;
    assert.equal(thread.isUsable, true, state);
  }
  for (const state of ['starting', 'retiring', 'gone', 'stuck'] as const) {
    slot.state = state;
    assert.equal(thread.isUsable, false, state);
  }
  slot.state = 'ready';
  slot.role = 'standby';
  assert.equal(thread.isUsable, false);
  slot.role = 'active';
  thread.leaving = { reason: 'for a test', isWorn: false };
  assert.equal(thread.isUsable, false);
});

test('whose first part runs is known, or that there is none', () => {
  const { slot, thread } = make();
  assert.equal(thread.entered, undefined);
  slot.enter(7);
  assert.equal(thread.entered, 7);
});
