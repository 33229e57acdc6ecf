import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  RETIRE_MS_MAX,
  STARVED_MS_MAX,
  TERMINATE_CALLS,
  TERMINATE_MS_MAX,
} from '../../../src/core/limits.ts';
import type { ThreadUsage } from '../../../src/os/thread-usage.ts';
import { ThreadExit } from '../../../src/pool/thread-exit.ts';
import { PausedClock } from './paused-clock.ts';

/** What the system says of the thread. */
type Seen = ThreadUsage & { readonly state?: string };

type Made = { readonly clock: PausedClock; readonly exit: ThreadExit; readonly told: string[] };

function make(see: (nowMs: number) => Seen | undefined = () => undefined): Made {
  const clock = new PausedClock();
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  const slot = { thread: { terminateAgain: tell('again') } };
  const exit = new ThreadExit(clock, slot, tell('stuck'), {
    usageOf: () => see(clock.nowMonotonicMs()),
    stateOf: () => see(clock.nowMonotonicMs())?.state ?? 'sleeping',
  });
  return { clock, told, exit };
}

/** When it was given up, ms after its termination; undefined: not within a minute. */
function stuckAfterMs(
  usageOf: (ms: number) => Seen,
  begin: 'afterTermination' | 'afterDeath' = 'afterTermination',
): number | undefined {
  let sinceMs: number | undefined;
  const { clock, exit, told } = make((nowMs) => {
    sinceMs ??= nowMs;
    return usageOf(nowMs - sinceMs);
  });
  exit[begin]();
  for (let ms = 0; ms < 60_000; ms += 100) {
    if (told.includes('stuck')) return ms;
    clock.pass(100);
  }
  return undefined;
}

test('a thread that stays is terminated again and again, and then it is stuck', () => {
  const { clock, exit, told } = make();
  exit.afterTermination();
  clock.pass(TERMINATE_MS_MAX - 1);
  const again = Array.from({ length: TERMINATE_CALLS - 1 }, () => 'again');
  assert.deepEqual(told, again);
  clock.pass(1);
  assert.deepEqual(told, [...again, 'stuck']);
  clock.pass(10 * TERMINATE_MS_MAX);
  assert.equal(told.length, TERMINATE_CALLS, 'it is told once');
});

test('a thread that has gone in time is not waited for any more', () => {
  for (const begin of ['afterTermination', 'afterDeath'] as const) {
    const { clock, exit, told } = make();
    exit[begin]();
    clock.pass(1);
    exit.come();
    clock.pass(10 * TERMINATE_MS_MAX);
    assert.deepEqual(told, [], begin);
  }
});

test('a dead thread that is not joined is stuck, and is not terminated', () => {
  const { clock, exit, told } = make();
  exit.afterDeath();
  clock.pass(TERMINATE_MS_MAX - 1);
  assert.deepEqual(told, []);
  clock.pass(1);
  assert.deepEqual(told, ['stuck']);
});

test('who was asked to leave has the time that was given; an end takes its place', () => {
  const { clock, exit, told } = make();
  exit.afterRequest(RETIRE_MS_MAX, () => void told.push('late'));
  clock.pass(RETIRE_MS_MAX);
  assert.deepEqual(told, ['late']);
  exit.afterRequest(RETIRE_MS_MAX, () => void told.push('late'));
  exit.afterTermination();
  clock.pass(RETIRE_MS_MAX + TERMINATE_MS_MAX);
  assert.deepEqual([told[0], told.at(-1)], ['late', 'stuck']);
});

test('the time in which the process is frozen is not counted', () => {
  const { clock, exit, told } = make();
  exit.afterDeath();
  clock.freeze(3_600_000);
  assert.deepEqual(told, []);
});

test('a thread that sleeps through its termination is stuck as soon as one that says nothing', () => {
  const ms = stuckAfterMs(() => ({ ranMs: 70, waitedMs: 9 }));
  assert.equal(ms, TERMINATE_MS_MAX);
});

test('a thread that sleeps, and wakes up for a moment now and then, is stuck as soon', () => {
  for (const share of [0.01, 0.1, 0.5]) {
    const ms = stuckAfterMs((ms) => ({ ranMs: ms * share, waitedMs: 0 }));
    assert.equal(ms, TERMINATE_MS_MAX, `${share}`);
  }
});

test('a thread that has a processor all the time is stuck when it has had enough of it', () => {
  const ms = stuckAfterMs((ranMs) => ({ ranMs, waitedMs: 0 }));
  assert.equal(ms, TERMINATE_MS_MAX);
});

test('a thread that shares its processor with three others has four times as long', () => {
  const ms = stuckAfterMs((ms) => ({ ranMs: ms / 4, waitedMs: (3 * ms) / 4 }));
  assert.equal(ms, 4 * TERMINATE_MS_MAX);
});

test('a thread that sleeps for others, on a machine that has no time, has the time it needs', () => {
  const ms = stuckAfterMs((ms) => ({ ranMs: ms / 5, waitedMs: ms / 4 }));
  assert.equal(ms, 5 * TERMINATE_MS_MAX);
});

test('a thread that waits, of which the kernel has not told yet, is not stuck', () => {
  const ms = stuckAfterMs((ms) => ({
    ranMs: 0,
    waitedMs: ms > 3000 ? 3000 : 0,
    state: ms > 3000 ? 'sleeping' : 'running',
  }));
  // It had a processor at last, and from then on it slept.
  assert.equal(ms, 3200 + TERMINATE_MS_MAX);
});

test('a dead thread has the time it needs as well', () => {
  const starved = (ms: number): Seen => ({ ranMs: ms / 10, waitedMs: ms / 2 });
  assert.equal(stuckAfterMs(starved, 'afterDeath'), 10 * TERMINATE_MS_MAX);
});

test('a thread that hardly gets a processor is given up in the end', () => {
  const ms = stuckAfterMs((ms) => ({ ranMs: ms / 1000, waitedMs: ms }));
  assert.equal(ms, STARVED_MS_MAX);
});
