import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldReason, NOTHING_HELD, withResult } from '../../../src/core/held-memory.ts';

const MB = 1024 * 1024;

/** Heap and the rest after one invocation, in MB. */
type Result = readonly [number, number];

function reasonAfter(shareMb: number | undefined, results: readonly Result[]): string | undefined {
  const held = results.reduce(
    (before, [heapMb, externalMb]) =>
      withResult(before, { heapBytes: heapMb * MB, externalBytes: externalMb * MB }),
    NOTHING_HELD,
  );
  return heldReason(held, shareMb);
}

function times(count: number, of: (at: number) => Result): readonly Result[] {
  return Array.from({ length: count }, (_, at) => of(at));
}

type Row = {
  readonly name: string;
  readonly shareMb?: number;
  readonly results: readonly Result[];
  readonly expected: RegExp | undefined;
};

const rows: readonly Row[] = [
  { name: 'one that has done nothing', results: [], expected: undefined },
  { name: 'one that stays small', results: times(100, () => [10, 2]), expected: undefined },
  {
    name: 'one whose heap stays full',
    results: [[10, 2], ...times(8, () => [190, 2] as const)],
    expected: /^its heap stays at 190 of 208 MB$/,
  },
  {
    name: 'one whose heap was full of garbage',
    results: [[10, 2], ...times(7, () => [190, 2] as const), [60, 2]],
    expected: undefined,
  },
  {
    name: 'one that was as full when it was fresh',
    results: times(20, () => [190, 2]),
    expected: undefined,
  },
  {
    name: 'one that keeps ArrayBuffers',
    results: [[10, 2], ...times(8, () => [30, 150] as const)],
    expected: /^it holds 30 MB in its heap and 150 MB outside it, of 208 MB$/,
  },
  {
    name: 'one whose ArrayBuffers may be garbage',
    shareMb: 80,
    results: [[10, 2], ...times(8, () => [10, 64] as const)],
    expected: undefined,
  },
  {
    name: 'one with a large cache from its first invocation on',
    results: times(20, () => [10, 180]),
    expected: undefined,
  },
  {
    name: 'one that grows with each invocation, before it is full',
    results: times(12, (at) => [10, 2 + at * 11]),
    expected: /^it holds 10 MB in its heap and 123 MB outside it, of 208 MB, more with each/,
  },
  {
    name: 'one that grows with each invocation and has room yet',
    results: times(10, (at) => [10, 2 + at * 11]),
    expected: undefined,
  },
  {
    name: 'one that grew and rests',
    results: [...times(14, (at) => [10, 2 + at * 11] as const), [10, 144]],
    expected: undefined,
  },
  {
    name: 'one that grows by garbage and is collected',
    results: times(40, (at) => [10, 2 + (at % 9) * 10]),
    expected: undefined,
  },
];

for (const { name, shareMb = 208, results, expected } of rows) {
  test(`${name} is ${expected === undefined ? 'kept' : 'replaced'}`, () => {
    const reason = reasonAfter(shareMb, results);
    if (expected === undefined) assert.equal(reason, undefined);
    else assert.match(reason ?? '', expected);
  });
}

test('where the limit is not known nobody is replaced', () => {
  assert.equal(
    reasonAfter(undefined, [[10, 2], ...times(20, () => [1900, 900] as const)]),
    undefined,
  );
});
