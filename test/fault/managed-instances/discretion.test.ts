// Managed Instances: what an invocation is told of those beside it is their id, and nothing that
// may be another customer's.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ManagedFunction, toError } from '../../support/managed-function.ts';

test('a timeout lists what the invocation waits for, not what its neighbours do', async (t) => {
  const { hold } = await start(t);
  await hold('SECRET-of-the-neighbour');
  const late = await hold('late', [], { timeoutMs: 2500 });

  const { errorType, trace } = toError(await late.result);

  assert.equal(errorType, 'Sandbox.Timedout');
  assert.match(trace.join('\n'), /neighbours\.mjs/);
  assert.doesNotMatch(trace.join('\n'), /SECRET/);
});

test('the name of an error is not told to neighbours', async (t) => {
  const { hold } = await start(t);
  const near = await hold('near');
  const culprit = await hold('culprit', [['throwNamed', 'SECRET of 4711']]);
  culprit.go();

  assert.equal(toError(await culprit.result).errorType, 'SECRET of 4711');
  const told = toError(await near.result);
  assert.equal(told.errorType, 'Runtime.NeighbourFailed');
  assert.match(told.errorMessage, /because of invocation culprit on the same thread/);
  assert.doesNotMatch(JSON.stringify(told), /SECRET/);
});

async function start(t: TestContext) {
  const env = { BULKHEAD_DEADLINE_MARGIN_MS: '250' };
  const managed = await ManagedFunction.start(t, { concurrency: 3, threads: 1, env });
  return { hold: managed.hold.bind(managed) };
}
