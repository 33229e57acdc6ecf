import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  EnvironmentState,
  type RuntimeCall,
  type StateName,
  type Trigger,
} from '../../../src/emulator/environment-state.ts';

const TRIGGERS: readonly Trigger[] = [
  'next',
  'response',
  'error',
  'initError',
  'restoreNext',
  'restoreError',
  'deliver',
  'answered',
  'restore',
];

/** How a fresh environment gets into each state. */
const WAYS: { readonly [state in StateName]: readonly Trigger[] } = {
  Started: [],
  InitError: ['initError'],
  Ready: ['next'],
  Running: ['next', 'deliver'],
  InvocationResponse: ['next', 'deliver', 'response'],
  InvocationErrorResponse: ['next', 'deliver', 'error'],
  RuntimeResponseSent: ['next', 'deliver', 'response', 'answered'],
  RestoreReady: ['restoreNext'],
  Restoring: ['restoreNext', 'restore'],
  RestoreError: ['restoreNext', 'restore', 'restoreError'],
};

/** Written out from section 3.1 of the contract: state, trigger, where it leads; '-' is refused. */
const ROWS: readonly (readonly [StateName, ...(StateName | '-')[]])[] = [
  // state, next, response, error, initError, restoreNext, restoreError, deliver, answered, restore
  ['Started', 'Ready', '-', '-', 'InitError', 'RestoreReady', '-', '-', '-', '-'],
  ['InitError', '-', '-', '-', '-', '-', '-', '-', '-', '-'],
  ['Ready', 'Ready', '-', '-', '-', '-', '-', 'Running', '-', '-'],
  ['Running', 'Running', 'InvocationResponse', 'InvocationErrorResponse'],
  ['InvocationResponse', '-', '-', '-', '-', '-', '-', '-', 'RuntimeResponseSent', '-'],
  ['InvocationErrorResponse', '-', '-', '-', '-', '-', '-', '-', 'RuntimeResponseSent', '-'],
  ['RuntimeResponseSent', 'Ready', '-', '-', '-', '-', '-', '-', '-', '-'],
  ['RestoreReady', '-', '-', '-', '-', '-', '-', '-', '-', 'Restoring'],
  ['Restoring', 'Ready', '-', '-', 'RestoreError', '-', 'RestoreError', '-', '-', '-'],
  ['RestoreError', '-', '-', '-', '-', '-', '-', '-', '-', '-'],
];

for (const [from, ...targets] of ROWS) {
  for (const [index, trigger] of TRIGGERS.entries()) {
    const target = targets[index] ?? '-';
    const outcome = target === '-' ? 'is refused' : `leads to ${target}`;

    test(`${trigger} in ${from} ${outcome}`, () => {
      const state = bring(from);

      assert.equal(state.allows(trigger), target !== '-');
      assert.equal(state.take(trigger), target !== '-');
      assert.equal(state.name, target === '-' ? from : target);
    });
  }
}

test('a refusal names the state and the one that was asked for', () => {
  const rows: readonly (readonly [StateName, RuntimeCall, string])[] = [
    ['InitError', 'next', 'InitError to Ready'],
    ['RuntimeResponseSent', 'response', 'RuntimeResponseSentState to InvocationResponse'],
    ['InvocationResponse', 'error', 'InvocationResponse to InvocationErrorResponse'],
    ['Running', 'initError', 'Running to InitError'],
    ['RestoreReady', 'restoreNext', 'RestoreReady to RestoreReady'],
    ['Started', 'restoreError', 'Started to RestoreError'],
  ];
  for (const [name, call, words] of rows) {
    const text = bring(name).refusalText(call);
    const tail = 'failed for runtime. Error: State transition is not allowed';
    assert.equal(text, `State transition from ${words} ${tail}`);
  }
});

test('a reset leads back to Started from every state', () => {
  for (const [name] of ROWS) {
    const state = bring(name);
    state.reset();
    assert.equal(state.name, 'Started');
  }
});

function bring(name: StateName): EnvironmentState {
  const state = new EnvironmentState();
  for (const trigger of WAYS[name]) state.take(trigger);
  assert.equal(state.name, name);
  return state;
}
