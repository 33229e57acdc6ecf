import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invocationSample, type Sample, SampleBuffer } from '../../../src/telemetry/samples.ts';
import { invocationMoment } from './moments.ts';

test('a buffer hands over in order what came before its reader and what comes after', () => {
  const buffer = new SampleBuffer();
  const seen: number[] = [];
  const sink = (sample: Sample): void => void (sample.kind === 'init' && seen.push(sample.ms));

  buffer.add({ kind: 'init', ms: 1 });
  buffer.add({ kind: 'init', ms: 2 });
  const dropped = buffer.drainInto(sink);
  buffer.add({ kind: 'init', ms: 3 });

  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(dropped, 0);
});

test('a buffer is bounded and says how much found no room', () => {
  const buffer = new SampleBuffer();
  for (let n = 0; n < 20_005; n += 1) buffer.add({ kind: 'received' });
  let taken = 0;

  const dropped = buffer.drainInto(() => {
    taken += 1;
  });

  assert.deepEqual([taken, dropped], [20_000, 5]);
});

test('invocationSample() keeps numbers and no body', () => {
  const sample = invocationSample(invocationMoment({ receipt: { kind: 'refused', status: 410 } }));

  assert.equal(sample.refusedStatus, 410);
  assert.equal(
    Object.values(sample).some((value) => typeof value === 'object'),
    false,
  );
});
