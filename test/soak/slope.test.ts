// The slopes on which the soak passes or fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../sim/sim-clock.ts';
import { type Sample, slopeOf } from './slope.ts';

function samples(count: number, y: (x: number) => number): Sample[] {
  return Array.from({ length: count }, (_, x) => ({ x, y: y(x) }));
}

test('a straight line has its own slope, and no doubt about it', () => {
  const { slope, low, high } = slopeOf(samples(300, (x) => 7 + 0.5 * x));
  for (const value of [slope, low, high]) assert.ok(Math.abs(value - 0.5) < 1e-9, String(value));
});

test('growth is found under noise that is many times as large', () => {
  const random = seededRandom(3);
  const { low, high } = slopeOf(samples(600, (x) => 0.01 * x + 5 * random()));
  assert.ok(low > 0 && low < 0.01 && high > 0.01, `${low} to ${high}`);
});

test('noise alone is not growth', () => {
  const random = seededRandom(4);
  const { low, high } = slopeOf(samples(600, () => 5 * random()));
  assert.ok(low < 0 && high > 0, `${low} to ${high}`);
});

test('a sawtooth that comes back to the same floor is not growth', () => {
  const { low, high } = slopeOf(samples(600, (x) => x % 37));
  assert.ok(low < 0 && high > 0, `${low} to ${high}`);
});

test('two samples are refused', () => {
  assert.throws(() => slopeOf(samples(2, (x) => x)), /Cannot fit a line to 2 samples/);
});
