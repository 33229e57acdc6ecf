import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FaultPlan } from '../../../src/emulator/faults.ts';

const DROP = { kind: 'drop' } as const;

test('a rule hits the nth exchange of its endpoint and no other', () => {
  const plan = new FaultPlan([{ endpoint: 'response', nth: 2, fault: DROP }]);

  assert.equal(plan.take('response'), undefined);
  assert.equal(plan.take('next'), undefined);
  assert.deepEqual(plan.take('response'), DROP);
  assert.equal(plan.take('response'), undefined);
});

test('a rule counts from the moment it was added', () => {
  const plan = new FaultPlan();
  plan.take('next');
  plan.take('next');

  plan.add({ endpoint: 'next', fault: DROP });

  assert.deepEqual(plan.take('next'), DROP);
  assert.equal(plan.take('next'), undefined);
});

test('times repeats a fault, Infinity for ever, and clear() ends it', () => {
  const plan = new FaultPlan([{ endpoint: 'error', fault: DROP, times: 2 }]);
  assert.deepEqual(
    [plan.take('error'), plan.take('error'), plan.take('error')],
    [DROP, DROP, undefined],
  );

  plan.add({ endpoint: 'next', fault: DROP, times: Infinity });
  for (let index = 0; index < 50; index += 1) assert.deepEqual(plan.take('next'), DROP);
  plan.clear();
  assert.equal(plan.take('next'), undefined);
});

test('the earliest of two rules that match wins', () => {
  const plan = new FaultPlan([
    { endpoint: 'next', fault: DROP },
    { endpoint: 'next', fault: { kind: 'delay', ms: 1 }, times: 2 },
  ]);

  assert.deepEqual(plan.take('next'), DROP);
  assert.deepEqual(plan.take('next'), { kind: 'delay', ms: 1 });
});

test('add() refuses a count that is not a whole number from 1', () => {
  const plan = new FaultPlan();
  assert.throws(() => plan.add({ endpoint: 'next', fault: DROP, nth: 0 }), /nth=0/);
  assert.throws(() => plan.add({ endpoint: 'next', fault: DROP, nth: Infinity }), /nth=Infinity/);
  assert.throws(() => plan.add({ endpoint: 'next', fault: DROP, times: 0.5 }), /times=0.5/);
});
