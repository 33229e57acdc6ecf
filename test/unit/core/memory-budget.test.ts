import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  levelOf,
  type MemoryReading,
  nextLookMs,
  overBudgetError,
  withReading,
} from '../../../src/core/memory-budget.ts';

const MB = 1024 * 1024;

/** Readings 10 ms apart, in MB. */
function readings(...sizesMb: readonly number[]): readonly MemoryReading[] {
  return sizesMb.map((mb, at) => ({ atMs: at * 10, processBytes: mb * MB }));
}

type Judgement = {
  readonly name: string;
  readonly sizesMb: readonly number[];
  readonly idleMb?: number;
  readonly limitMb: number;
  readonly expected: 'free' | 'tight' | 'full';
};

const judgements: readonly Judgement[] = [
  { name: 'a small process', sizesMb: [40, 41], limitMb: 128, expected: 'free' },
  { name: 'one that is full', sizesMb: [113], limitMb: 128, expected: 'full' },
  {
    name: 'one that is nearly full and stays so',
    sizesMb: [110, 110],
    limitMb: 128,
    expected: 'tight',
  },
  {
    name: 'one that grows fast, as garbage of Buffers does',
    sizesMb: [40, 65, 90],
    idleMb: 30,
    limitMb: 128,
    expected: 'free',
  },
  {
    name: 'one that has grown by more than garbage can be, and goes on',
    sizesMb: [160, 180, 200, 220],
    idleMb: 30,
    limitMb: 256,
    expected: 'full',
  },
  {
    name: 'one that has grown as much, but rests',
    sizesMb: [160, 180, 220, 220],
    idleMb: 30,
    limitMb: 256,
    expected: 'free',
  },
  {
    name: 'one that comes and goes',
    sizesMb: [160, 225, 180, 220],
    idleMb: 30,
    limitMb: 256,
    expected: 'free',
  },
  { name: 'a large one that is nearly full', sizesMb: [9000], limitMb: 10_240, expected: 'free' },
  { name: 'a large one that is full', sizesMb: [10_177], limitMb: 10_240, expected: 'full' },
  { name: 'nothing read yet', sizesMb: [], limitMb: 128, expected: 'free' },
];

for (const { name, sizesMb, idleMb = 0, limitMb, expected } of judgements) {
  test(`${name} is ${expected}, with ${limitMb} MB`, () => {
    assert.equal(levelOf(readings(...sizesMb), idleMb * MB, limitMb * MB), expected);
  });
}

test('readings of a while are kept, and one from before', () => {
  let kept: readonly MemoryReading[] = [];
  for (let atMs = 0; atMs <= 1000; atMs += 10) kept = withReading(kept, { atMs, processBytes: 1 });
  assert.deepEqual(
    kept.map(({ atMs }) => atMs),
    [970, 980, 990, 1000],
  );
  assert.deepEqual(
    withReading(kept, { atMs: 9000, processBytes: 1 }).map(({ atMs }) => atMs),
    [1000, 9000],
  );
});

test('the fuller the process, the sooner it is looked at', () => {
  const pauses = [0, 64, 100, 110, 500].map((mb) => nextLookMs(mb * MB, 128 * MB));
  assert.deepEqual(pauses, [28, 12, 5, 5, 5]);
  assert.equal(nextLookMs(100 * MB, 1024 * MB), 50);
});

test('the answer has the numbers in it', () => {
  const pressure = { limitBytes: 512 * MB, processBytes: 486.6 * MB };
  const held = { heapBytes: 12 * MB, outsideBytes: 390.4 * MB };
  assert.deepEqual(overBudgetError(pressure, { id: 1, gainBytes: 1, held }), {
    errorType: 'Runtime.OutOfMemory',
    errorMessage:
      "The handler's memory would take the process down: 487 of 512 MB are in use, of which it " +
      'holds 12 MB in its JavaScript heap and 390 MB outside it (ArrayBuffers, Buffers, large ' +
      'strings)',
    trace: [],
  });
  const silent = { id: 1, gainBytes: 430 * MB, held: undefined };
  assert.equal(
    overBudgetError(pressure, silent).errorMessage,
    "The handler's memory would take the process down: 487 of 512 MB are in use, 430 MB of them " +
      'since it was called; its thread is inside a native call',
  );
});
