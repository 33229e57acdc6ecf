// Whose code it is that a thread runs which has several invocations in flight.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Evidence } from '../../../src/core/evidence.ts';
import { Witness } from '../../../src/evidence/witness.ts';
import { type SeveralThread, startSeveral } from '../workers/several-thread.ts';

/** Much, so that a busy machine does not matter; a thread that answers does not use it up. */
const BUDGET_MS = 10_000;
const GUILTY = 3;

/** Two turn all the time, and the third is given this way. */
async function stick(t: TestContext, way: string): Promise<SeveralThread> {
  const several = await startSeveral(t);
  for (const one of ['light', 'light', way]) void several.invoke({ way: one }).catch(() => {});
  return several;
}

/** The neighbours run too until the guilty one has the thread: what is seen of them is theirs. */
async function look({ thread }: SeveralThread): Promise<Evidence> {
  const witness = new Witness({
    worker: thread.worker,
    osThreadId: undefined,
    askPending: () => new Promise(() => {}),
    requestId: 'r-3',
    childrenSinceEpochMs: Date.now(),
    profileDir: undefined,
    onProblem: (text) => assert.fail(text),
  });
  try {
    const { evidence } = await witness.collect(BUDGET_MS);
    return evidence;
  } finally {
    witness.dispose();
  }
}

for (const [way, owner] of [
  ['spinAtOnce', GUILTY],
  ['spinAfterAwaits', GUILTY],
  ['spinInTimer', GUILTY],
  ['spinInRegex', GUILTY],
  // What it takes to tell is damaged: the stack is there all the same.
  ['spinUntold', undefined],
] as const) {
  test(`the owner of the code is told with the stack: ${way}`, async (t) => {
    const several = await stick(t, way);
    let evidence: Evidence;
    do {
      t.signal.throwIfAborted();
      evidence = await look(several);
      assert.ok(evidence.kind === 'busy', JSON.stringify(evidence));
    } while (!/\bspin\b|^RegExp\.test /.test(evidence.frames[0] ?? ''));
    assert.equal(evidence.owner, owner, JSON.stringify(evidence));
  });
}
