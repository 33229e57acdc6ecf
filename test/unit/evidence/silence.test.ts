import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Silence, type SystemView } from '../../../src/evidence/silence.ts';

type Moment = { readonly ranMs: number | undefined; readonly state: string; readonly atMs: number };

/** What is asked for shows the moment that `now` is set to. */
function systemOf(now: { moment: Moment }): SystemView {
  return {
    childrenOf: () => [{ pid: 5, command: 'sleep 9' }],
    stateOf: () => now.moment.state,
    usageOf: () => {
      const { ranMs } = now.moment;
      return ranMs === undefined ? undefined : { ranMs, waitedMs: 0 };
    },
    nowMs: () => now.moment.atMs,
  };
}

const BEFORE: Moment = { ranMs: 1000, state: 'running', atMs: 5000 };
const AFTER: Moment = { ranMs: 1001, state: 'running', atMs: 5040 };

const ROWS: readonly (readonly [what: string, before: Moment, after: Moment, starved: boolean])[] =
  [
    ['one that wants a processor and has had none', BEFORE, AFTER, true],
    ['one that has had a processor', BEFORE, { ...AFTER, ranMs: 1002 }, false],
    ['one that sleeps', BEFORE, { ...AFTER, state: 'sleeping' }, false],
    ['one that was asked just now', BEFORE, { ...AFTER, atMs: 5019 }, false],
    ['one of which nothing is known', { ...BEFORE, ranMs: undefined }, AFTER, false],
    ['one that is gone', BEFORE, { ...AFTER, ranMs: undefined }, false],
  ];

for (const [what, before, after, starved] of ROWS) {
  test(`${what} is ${starved ? '' : 'not '}starved`, () => {
    const now = { moment: before };
    const silence = new Silence({ osThreadId: 7, childrenSinceEpochMs: 0 }, systemOf(now));
    now.moment = after;
    assert.equal(silence.isStarved, starved);
  });
}

test('what the system says of a thread in a native call', () => {
  const now = { moment: { ...BEFORE, state: 'sleeping' } };
  const silence = new Silence({ osThreadId: 7, childrenSinceEpochMs: 0 }, systemOf(now));
  assert.deepEqual(silence.toEvidence(undefined), {
    kind: 'native',
    state: 'sleeping',
    children: ['sleep 9 (pid 5)'],
    lastSeen: undefined,
  });
});
