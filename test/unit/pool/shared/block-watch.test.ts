import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCKED_MS } from '../../../../src/core/limits.ts';
import { BlockWatch } from '../../../../src/pool/shared/block-watch.ts';
import type { SharedThread } from '../../../../src/pool/shared/shared-thread.ts';
import { PausedClock } from '../paused-clock.ts';

/** A thread that has one invocation, and answers when it is told to. */
function makeThread() {
  const asked: (() => void)[] = [];
  const slot = { thread: { ping: (onTurn: () => void) => void asked.push(onTurn) } };
  const fields = { load: 1, isLate: false, turns: 0, turnsSeen: 0, isAsked: false };
  return { asked, thread: { ...fields, slot } as unknown as SharedThread };
}

function begin(threads: readonly SharedThread[]) {
  const clock = new PausedClock();
  let blocked = 0;
  const onBlocked = (): void => {
    blocked += 1;
  };
  const watch = new BlockWatch({ clock, threads: () => threads, onBlocked });
  watch.begin();
  return { clock, watch, blocked: () => blocked };
}

test('a silent thread is asked, and is blocked when it has not answered by the next look', () => {
  const { asked, thread } = makeThread();
  const { clock, blocked } = begin([thread]);
  clock.pass(BLOCKED_MS);
  assert.equal(asked.length, 1);
  assert.deepEqual([thread.isLate, blocked()], [false, 0]);
  clock.pass(BLOCKED_MS);
  assert.deepEqual([thread.isLate, blocked()], [true, 1]);
  clock.pass(BLOCKED_MS);
  assert.deepEqual([asked.length, blocked()], [1, 2], 'it is told while it lasts, and asked once');
  asked[0]?.();
  assert.equal(thread.isLate, false);
});

test('a thread that answers, or has answered invocations meanwhile, is not blocked', () => {
  const [waiting, busy] = [makeThread(), makeThread()];
  const { clock, blocked } = begin([waiting.thread, busy.thread]);
  for (let look = 0; look < 5; look += 1) {
    busy.thread.turns += 1;
    clock.pass(BLOCKED_MS);
    waiting.asked.at(-1)?.();
  }
  assert.deepEqual([waiting.asked.length, busy.asked.length, blocked()], [5, 0, 0]);
  assert.equal(waiting.thread.isLate, false);
});

test('it looks while something runs, and begins anew when something does again', () => {
  const { asked, thread } = makeThread();
  thread.load = 0;
  const { clock, watch } = begin([thread]);
  clock.pass(10 * BLOCKED_MS);
  thread.load = 1;
  clock.pass(10 * BLOCKED_MS);
  assert.equal(asked.length, 0);
  watch.begin();
  watch.begin();
  clock.pass(BLOCKED_MS);
  assert.equal(asked.length, 1);
  watch.stop();
  clock.pass(BLOCKED_MS);
  assert.equal(thread.isLate, false);
});
