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
  assert.deepEqual(toPhases(TIMES, 7), {
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
  assert.deepEqual(toPhases(lost, 0), { wait: 1000, receive: 1000, respond: 64_000 });
});

test('a handler that did not come back has its phase, too', () => {
  const { handler } = toPhases({ ...TIMES, thread: undefined }, 61);
  assert.equal(handler, 61_000);
});

test('without the first byte nobody knows how long the event was on its way', () => {
  const { wait, receive, dispatch } = toPhases({ ...TIMES, firstByteAtMs: undefined }, 8);
  assert.deepEqual([wait, receive, dispatch], [undefined, undefined, 2000]);
});

test('no phase is negative, whatever a thread says of itself', () => {
  const thread = { ...THREAD, begunAtMs: 0, repliedAtMs: 1e9 };
  for (const us of Object.values(toPhases({ ...TIMES, thread }, 8))) assert.ok(us >= 0);
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
