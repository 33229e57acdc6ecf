import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InvocationTimes, OVERHEAD_PHASES, toPhases } from '../../../src/core/phases.ts';

const THREAD = { begunAtMs: 104, calledAtMs: 108, returnedAtMs: 116, repliedAtMs: 132 };
const TIMES: InvocationTimes = {
  polledAtMs: 100,
  firstByteAtMs: 101,
  arrivedAtMs: 102,
  thread: THREAD,
  decidedAtMs: 164,
  sentAtMs: 228,
  repolledAtMs: 356,
};

test('each phase goes from one moment to the next, in microseconds', () => {
  assert.deepEqual(toPhases(TIMES), {
    wait: 1000,
    receive: 1000,
    dispatch: 2000,
    parse: 4000,
    handler: 8000,
    stringify: 16_000,
    return: 32_000,
    respond: 64_000,
    repoll: 128_000,
  });
});

test('a phase whose beginning or end is not known is left out', () => {
  const lost = { ...TIMES, thread: undefined, repolledAtMs: undefined };
  assert.deepEqual(toPhases(lost), { wait: 1000, receive: 1000, respond: 64_000 });
});

test('without the first byte the event has been received as it arrived', () => {
  const { wait, receive } = toPhases({ ...TIMES, firstByteAtMs: undefined });
  assert.deepEqual([wait, receive], [2000, 0]);
});

test('no phase is negative, whatever a thread says of itself', () => {
  const thread = { ...THREAD, begunAtMs: 0, repliedAtMs: 1e9 };
  for (const us of Object.values(toPhases({ ...TIMES, thread }))) assert.ok(us >= 0);
});

test('what the platform and the handler take is no overhead', () => {
  assert.deepEqual(OVERHEAD_PHASES, [
    'receive',
    'dispatch',
    'parse',
    'stringify',
    'return',
    'respond',
    'repoll',
  ]);
});
