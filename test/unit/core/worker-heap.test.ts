import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFunctionMemory, workerHeapMb } from '../../../src/core/worker-heap.ts';

/** Function's memory, lanes, standbys -> heap limit of each worker. */
const rows: readonly (readonly [number, number, number, number])[] = [
  [128, 1, 0, 80],
  [128, 1, 1, 64],
  [128, 1, 16, 48],
  [256, 1, 0, 208],
  [512, 1, 1, 448],
  [1769, 1, 1, 1705],
  [10_240, 1, 1, 10_176],
  [2048, 4, 0, 491],
  [2048, 16, 1, 112],
  [64, 1, 0, 48],
];

for (const [memoryMb, lanes, standbys, expected] of rows) {
  test(`${memoryMb} MB, ${lanes} lanes, ${standbys} standbys: ${expected} MB each`, () => {
    assert.equal(workerHeapMb(memoryMb, lanes, standbys), expected);
  });
}

test('all heaps full at once stay within the memory of the function', () => {
  for (let memoryMb = 160; memoryMb <= 10_240; memoryMb += 32) {
    for (const [lanes, standbys] of [
      [1, 0],
      [1, 4],
      [4, 1],
    ] as const) {
      const heapMb = workerHeapMb(memoryMb, lanes, standbys) ?? 0;
      const isLeast = heapMb === 48;
      assert.ok(isLeast || heapMb * lanes < memoryMb, `${memoryMb}: ${lanes} * ${heapMb}`);
    }
  }
});

test('where the memory is not known, there is no limit', () => {
  assert.equal(workerHeapMb(undefined, 1, 1), undefined);
});

test('the memory of the function is a number of MB, or is not known', () => {
  assert.equal(parseFunctionMemory('128'), 128);
  for (const text of [undefined, '', '0', 'much', '-1', '1e3', '12.5', '99999999']) {
    assert.equal(parseFunctionMemory(text), undefined, text);
  }
});
