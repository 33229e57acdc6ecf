// One timer for all: each is called in its time, in order, unless it is cancelled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/system-clock.ts';

const { nowEpochMs, scheduleAt } = systemClock;

/** Resolves with what was noted when the last of them has been called. */
function called(plan: (note: (what: string) => void) => void, count: number): Promise<string[]> {
  return new Promise((resolve) => {
    const notes: string[] = [];
    plan((what) => {
      notes.push(what);
      if (notes.length === count) resolve(notes);
    });
  });
}

test('the order is that of their times, whenever they were scheduled', async () => {
  const nowMs = nowEpochMs();
  const notes = await called((note) => {
    for (const ms of [40, 5, 80, 20]) scheduleAt(nowMs + ms, () => note(`${ms}`));
  }, 4);
  assert.deepEqual(notes, ['5', '20', '40', '80']);
});

test('none is called early', async () => {
  const earlyMs: number[] = [];
  const nowMs = nowEpochMs();
  await called((note) => {
    for (let ms = 0; ms < 60; ms += 1.5) {
      scheduleAt(nowMs + ms, () => {
        earlyMs.push(nowMs + ms - nowEpochMs());
        note('');
      });
    }
  }, 40);
  assert.ok(Math.max(...earlyMs) <= 0, `${Math.max(...earlyMs)} ms early`);
});

test('one that is cancelled by another of the same moment is not called', async () => {
  const nowMs = nowEpochMs();
  const notes = await called((note) => {
    const cancel = scheduleAt(nowMs + 2, () => note('second'));
    scheduleAt(nowMs + 1, () => {
      note('first');
      cancel();
      cancel();
    });
    scheduleAt(nowMs + 30, () => note('later'));
    // Both are due by the time that the timer looks.
    while (nowEpochMs() < nowMs + 5);
  }, 2);
  assert.deepEqual(notes, ['first', 'later']);
});

test('one that throws takes none of the same moment with it', async (context) => {
  const nowMs = nowEpochMs();
  const notes = await called((note) => {
    process.setUncaughtExceptionCaptureCallback((error) => note(error.message));
    context.after(() => process.setUncaughtExceptionCaptureCallback(null));
    scheduleAt(nowMs + 1, () => {
      throw new Error('thrown');
    });
    for (const ms of [2, 3]) scheduleAt(nowMs + ms, () => note(`${ms}`));
    // All are due by the time that the timer looks.
    while (nowEpochMs() < nowMs + 5);
  }, 3);
  assert.deepEqual(notes, ['thrown', '2', '3']);
});

test('what is scheduled keeps the loop alive, and what was cancelled does not', () => {
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  const before = timers();
  const cancels = [1, 2, 3].map((s) => scheduleAt(nowEpochMs() + s * 60_000, () => {}));
  assert.equal(timers(), before + 1);
  for (const cancel of cancels) cancel();
  assert.equal(timers(), before);
  scheduleAt(nowEpochMs() + 60_000, () => {})();
  assert.equal(timers(), before);
});

test('a time that is past is called in the next turns, not at once', async () => {
  let isCalled = false;
  const notes = called((note) => {
    scheduleAt(nowEpochMs() - 1000, () => {
      isCalled = true;
      note('past');
    });
  }, 1);
  assert.equal(isCalled, false);
  assert.deepEqual(await notes, ['past']);
});
