import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../../../src/core/evidence.ts';
import { holderOutcome, neighbourOutcome } from '../../../src/core/outcome.ts';

test('whom another invocation has hurt is told which one, and no word of its error', () => {
  const outcome = neighbourOutcome('r-1', 'r-2', 'did not end');
  assert.equal(outcome.kind, 'neighbour');
  assert.equal(outcome.headerType, 'Runtime.NeighbourFailed');
  assert.deepEqual(outcome.error, {
    errorType: 'Runtime.NeighbourFailed',
    errorMessage:
      'RequestId: r-1 Error: Stopped because of invocation r-2 on the same thread, ' +
      'which did not end',
    trace: [],
  });
  assert.equal(outcome.where, 'invocation r-2, which did not end');
});

test('where nobody knows the ids there are none', () => {
  const { error, where } = neighbourOutcome(undefined, undefined, 'did not end');
  assert.equal(
    error.errorMessage,
    'Stopped because of another invocation on the same thread, which did not end',
  );
  assert.equal(where, 'another invocation, which did not end');
});

test('who has kept a thread past the deadline of another is told where it was', () => {
  const evidence: Evidence = { kind: 'busy', frames: ['spin (/f.mjs:1:1)'], ageMs: 0 };
  const outcome = holderOutcome('r-1', evidence);
  assert.equal(outcome.kind, 'timeout');
  assert.equal(outcome.headerType, 'Function.Timeout');
  assert.equal(outcome.error.errorType, 'Sandbox.Timedout');
  assert.match(outcome.error.errorMessage, /^RequestId: r-1 Error: Task stopped: it blocked/);
  assert.deepEqual(outcome.error.trace, ['    at spin (/f.mjs:1:1)']);
  assert.match(outcome.where ?? '', /past the deadline of another: busy in spin/);
});
