import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  curveOf,
  differenceOf,
  median,
  ratioOf,
  summarise,
} from '../../../../src/cli/bench/statistics.ts';

test('quantiles lie between the neighbours, whatever the order', () => {
  const values = Array.from({ length: 101 }, (_, at) => (at * 37) % 101);

  const ends = { min: 0, p50: 50, p90: 90, p99: 99, max: 100 };
  assert.deepEqual(summarise(values), { count: 101, ...ends });
  assert.equal(summarise([4]).p99, 4);
  assert.equal(median([1, 2]), 1.5);
});

test('a curve rises from the least to the most', () => {
  const curve = curveOf([3, 1, 2, 5, 4]);

  assert.deepEqual(
    [curve.at(0), curve.at(-1)],
    [
      [0, 1],
      [1, 5],
    ],
  );
  assert.deepEqual(
    curve.find(([share]) => share === 0.5),
    [0.5, 3],
  );
});

test('a ratio and a difference are those of the medians, within what the rounds allow', () => {
  const [figures, base] = [
    [10, 20, 20, 20, 90],
    [10, 10, 10, 10, 10],
  ];

  const { ratio, low, high } = ratioOf(figures, base);
  assert.equal(ratio, 2);
  assert.ok(low >= 1 && low <= 2 && high >= 2 && high <= 9, `${low} to ${high}`);
  assert.equal(differenceOf(figures, base).value, 10);
});

test('a machine that is slow for a while changes no ratio', () => {
  const base = [10, 10, 70, 70, 10];
  const figures = base.map((value) => value * 0.5);

  assert.deepEqual(ratioOf(figures, base), { ratio: 0.5, low: 0.5, high: 0.5 });
});
