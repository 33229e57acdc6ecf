import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMathRandom } from '../../../../workers/snapstart/math-random.ts';

test('until it is seeded it gives V8’s numbers', () => {
  const { random } = createMathRandom(() => 0.25);
  assert.equal(random(), 0.25);
});

test('it looks like V8’s own', () => {
  const { random } = createMathRandom(Math.random);
  assert.deepEqual([random.name, random.length], ['random', 0]);
  assert.throws(() => Reflect.construct(random, []), TypeError);
});

test('its numbers follow from the seed, and are another row for another seed', () => {
  const row = (word: number): number[] => {
    const { random, seed } = createMathRandom(() => 0);
    seed(new Uint32Array([1, 2, 3, word]));
    return Array.from({ length: 5 }, random);
  };
  assert.deepEqual(row(4), row(4));
  assert.equal(new Set([...row(4), ...row(5)]).size, 10);
});

test('its numbers lie from 0 up to 1, and are spread evenly over it', () => {
  const { random, seed } = createMathRandom(() => 0);
  seed(new Uint32Array([7, 0, 0, 0]));
  const counts = new Array<number>(16).fill(0);
  for (let draw = 0; draw < 160_000; draw += 1) {
    const number = random();
    assert.ok(number >= 0 && number < 1);
    const part = Math.floor(number * 16);
    counts[part] = (counts[part] ?? 0) + 1;
  }
  // Ten thousand each; five standard deviations are 485.
  assert.deepEqual(
    counts.filter((count) => Math.abs(count - 10_000) > 485),
    [],
  );
});
