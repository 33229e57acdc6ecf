import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InvocationTimes } from '../../../src/core/phases.ts';
import { Measure } from '../../../src/supervisor/measure.ts';
import { invocationMoment } from '../telemetry/moments.ts';

function play() {
  const told: (number | undefined)[] = [];
  const measure = new Measure({
    invocationMeasured: (_moment, { repolledAtMs }: InvocationTimes) => told.push(repolledAtMs),
  });
  return { measure, told };
}

test('it is told once the answer is taken and the next poll is out, in either order', () => {
  const pipelined = play();
  pipelined.measure.followed(7);
  assert.deepEqual(pipelined.told, []);
  pipelined.measure.ended(invocationMoment());
  assert.deepEqual(pipelined.told, [7]);

  const slow = play();
  slow.measure.ended(invocationMoment());
  assert.deepEqual(slow.told, []);
  slow.measure.followed(9);
  slow.measure.followed(11);
  assert.deepEqual(slow.told, [9]);
});

test('the last one before the end is told without a next poll', () => {
  const { measure, told } = play();
  measure.ended(invocationMoment());
  measure.followed();
  assert.deepEqual(told, [undefined]);
});

test('what has not ended is not told', () => {
  const { measure, told } = play();
  measure.followed();
  assert.deepEqual(told, []);
});
