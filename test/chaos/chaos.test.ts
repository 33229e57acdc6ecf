// One short seed alone and one under the guardian; `npm run test:chaos` runs thousands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './oracle.ts';
import { makePlan } from './plan.ts';
import { runSeed } from './run-seed.ts';
import { addUp } from './totals.ts';

const INVOCATIONS = 75;
/** This is no test of how fast the machine is, ms. */
const TIMEOUT_MS = 2000;
const SLACK_MS = 5000;

for (const [seed, isGuarded] of [
  [1, false],
  [2, true],
] as const) {
  const how = isGuarded ? 'under the guardian' : 'alone';
  test(`seed ${seed}, ${how}: every id is answered once, every failure has a cause`, async (t) => {
    const times = { timeoutMs: TIMEOUT_MS, slackMs: SLACK_MS };
    const options = { seed, invocations: INVOCATIONS, isGuarded, ...times };
    const history = await runSeed(options);
    assert.deepEqual(judge(history), [], `npm run test:chaos -- --seeds ${seed}`);
    assert.equal(history.happened.length, INVOCATIONS);
    const { byOutcome, byApiFault } = addUp([history]);
    assert.ok(byOutcome.size > 2 && byApiFault.size > 0, 'there were faults');
    t.diagnostic([...byOutcome].map(([name, count]) => `${name} ${count}`).join(', '));
  });
}

test('a seed is one plan, and another seed is another', () => {
  assert.deepEqual(makePlan(7, 200), makePlan(7, 200));
  assert.notDeepEqual(makePlan(7, 200), makePlan(8, 200));
});
