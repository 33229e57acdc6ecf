// What a process does for a dead one, against a platform of a few lines; test/sim has all of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOST_POLL_PAUSE_MS_MAX, RECOVERY_ANSWER_MS_MAX } from '../../../src/core/limits.ts';
import type { RecoveryApi } from '../../../src/core/ports.ts';
import type { Past } from '../../../src/guardian/journal.ts';
import { Recovery } from '../../../src/guardian/recovery.ts';
import { SimClock, seededRandom } from '../../sim/sim-clock.ts';

const ONE = { requestId: 'r-1', invocationId: 'i-1', deadlineEpochMs: 5000 };
const TWO = { requestId: 'r-2', invocationId: undefined, deadlineEpochMs: 4000 };
const PAST: Past = {
  inFlight: [],
  damagedCount: 0,
  hasPolled: true,
  isRestored: true,
  isWanted: false,
};

type Platform = {
  readonly status?: number | Error;
  /** One a question; the last one for all further ones. */
  readonly states?: readonly (string | undefined | Error)[];
};

function recover(past: Partial<Past>, { status = 202, states = [] }: Platform, multi = false) {
  const clock = new SimClock(seededRandom(1));
  const asked: number[] = [];
  const answered: string[] = [];
  const closed: string[] = [];
  const api: RecoveryApi = {
    answer: async (key, outcome) => {
      answered.push(`${key.requestId} ${key.invocationId} ${outcome.kind}`);
      if (status instanceof Error) throw status;
      return status;
    },
    askState: async () => {
      const state = states[Math.min(asked.length, states.length - 1)];
      asked.push(clock.nowEpochMs());
      if (state instanceof Error) throw state;
      return state;
    },
    close: async () => void closed.push('closed'),
  };
  const recovery = new Recovery({
    past: { ...PAST, ...past },
    status: 139,
    api,
    clock,
    multiConcurrent: multi,
  });
  return { recovery, clock, asked, answered, closed };
}

test('what was in flight is answered at once, each with its ids', async () => {
  const { recovery, answered } = recover({ inFlight: [ONE, TWO] }, {});
  assert.deepEqual(answered, ['r-1 i-1 crash', 'r-2 undefined crash']);
  assert.deepEqual(await recovery.answered, [
    { key: ONE, status: 202 },
    { key: TWO, status: 202 },
  ]);
  assert.equal(await recovery.pollByEpochMs(), TWO.deadlineEpochMs);
});

test('an answer that gets no reply does not keep the service from its first poll', async () => {
  const clock = new SimClock(seededRandom(1));
  const recovery = new Recovery({
    past: { ...PAST, inFlight: [ONE] },
    status: 139,
    api: { answer: () => new Promise(() => {}), askState: async () => '', close: async () => {} },
    clock,
    multiConcurrent: false,
  });
  let isPollable = false;
  void recovery
    .untilPollable(() => {})
    .then(() => {
      isPollable = true;
    });
  const startMs = clock.nowEpochMs();
  await clock.runUntil(() => isPollable, RECOVERY_ANSWER_MS_MAX * 2);
  assert.equal(clock.nowEpochMs() - startMs, RECOVERY_ANSWER_MS_MAX);
  assert.deepEqual(await recovery.answered, [{ key: ONE, status: undefined }]);
});

test('behind an answer that was taken the platform waits for a poll, and is not asked', async () => {
  const { recovery, asked } = recover({ inFlight: [ONE] }, { states: ['Ready'] });
  await recovery.untilPollable(assert.fail);
  assert.equal(asked.length, 0);
});

test('an answer that was refused says nothing of a poll', async () => {
  for (const status of [400, 403]) {
    const { recovery, asked } = recover({ inFlight: [ONE] }, { status, states: ['Running'] });
    await recovery.untilPollable(assert.fail);
    assert.equal(asked.length, 1);
    assert.equal(await recovery.pollByEpochMs(), undefined);
    // It has been answered before, so it does not come again; if it does, it does not run again.
    assert.equal((await recovery.outcomeOf(ONE))?.headerType, 'Runtime.ExitError');
  }
});

test('an answer that got no reply is given once more when its event comes again', async () => {
  const status = new Error('ECONNRESET');
  const { recovery } = recover({ inFlight: [ONE] }, { status, states: ['Running'] });
  assert.deepEqual(await recovery.answered, [{ key: ONE, status: undefined }]);
  assert.equal((await recovery.outcomeOf(ONE))?.headerType, 'Runtime.ExitError');
  assert.equal(await recovery.outcomeOf({ ...ONE, invocationId: 'i-2' }), undefined);
  assert.equal(await recovery.outcomeOf(TWO), undefined);
});

test('a lost poll is waited for until an event runs, with growing pauses', async () => {
  const states = [...Array(9).fill('Ready'), 'Running'];
  const { recovery, clock, asked } = recover({}, { states });
  const startedAtMs = clock.nowEpochMs();
  let isPollable = false;
  let lostCount = 0;
  void recovery
    .untilPollable(() => {
      lostCount += 1;
    })
    .then(() => {
      isPollable = true;
    });
  await clock.runUntil(() => isPollable, 60_000);
  assert.ok(isPollable);
  assert.equal(lostCount, 1, 'the pool is told once');
  const pauses = asked.map((atMs, at) => atMs - (asked[at - 1] ?? startedAtMs));
  assert.deepEqual(pauses, [0, 10, 20, 40, 80, 160, 200, 200, 200, 200]);
  assert.equal(Math.max(...pauses), LOST_POLL_PAUSE_MS_MAX);
});

test('whoever has never polled, or serves several events at once, does not ask', async () => {
  const fresh = recover({ hasPolled: false }, { states: ['Ready'] });
  const multi = recover({}, { states: ['Ready'] }, true);
  for (const { recovery, asked } of [fresh, multi]) {
    await recovery.untilPollable(assert.fail);
    assert.equal(asked.length, 0);
  }
});

test('a platform that tells no state, or does not reply, is polled', async () => {
  for (const state of [undefined, 'Running', 'RuntimeResponseSent', new Error('ECONNREFUSED')]) {
    const { recovery, asked } = recover({}, { states: [state] });
    await recovery.untilPollable(assert.fail);
    assert.equal(asked.length, 1);
  }
});

test('closing ends the wait for a lost poll, and the connection', async () => {
  const { recovery, clock, closed } = recover({}, { states: ['Ready'] });
  const waiting = recovery.untilPollable(() => {});
  waiting.catch(() => {});
  await clock.runUntil(() => false, 1000);
  await recovery.close(150);
  await assert.rejects(waiting, /closed/);
  await recovery.close(150);
  assert.deepEqual(closed, ['closed']);
});

test('closing lets the answers go out, but not for ever', async () => {
  const clock = new SimClock(seededRandom(1));
  const api = { answer: () => new Promise<number>(() => {}), askState: assert.fail };
  let isClosed = false;
  const recovery = new Recovery({
    past: { ...PAST, inFlight: [ONE] },
    status: 139,
    api: { ...api, close: async () => {} },
    clock,
    multiConcurrent: false,
  });
  const startedAtMs = clock.nowEpochMs();
  void recovery.close(150).then(() => {
    isClosed = true;
  });
  await clock.runUntil(() => isClosed, 10_000);
  assert.equal(clock.nowEpochMs() - startedAtMs, 150);
});
