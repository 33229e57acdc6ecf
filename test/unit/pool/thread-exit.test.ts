import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RETIRE_MS_MAX, TERMINATE_CALLS, TERMINATE_MS_MAX } from '../../../src/core/limits.ts';
import { ThreadExit } from '../../../src/pool/thread-exit.ts';
import { PausedClock } from './paused-clock.ts';

type Made = { readonly clock: PausedClock; readonly exit: ThreadExit; readonly told: string[] };

function make(): Made {
  const clock = new PausedClock();
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  return { clock, told, exit: new ThreadExit(clock, tell('again'), tell('stuck')) };
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
  exit.afterTermination(1);
  clock.pass(RETIRE_MS_MAX + TERMINATE_MS_MAX);
  assert.deepEqual(told, ['late', 'stuck']);
});

test('the time in which the process is frozen is not counted', () => {
  const { clock, exit, told } = make();
  exit.afterDeath();
  clock.freeze(3_600_000);
  assert.deepEqual(told, []);
});
