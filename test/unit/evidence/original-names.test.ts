import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawFrame } from '../../../src/core/captured-stack.ts';
import { namePositions, pickLines } from '../../../src/evidence/original-names.ts';

test('the name stands where a function is defined', () => {
  const rows: [text: string, name: string, start: number, at: number | undefined][] = [
    ['function e(t){}', 'e', 0, 9],
    ['async function e(t){}', 'e', 0, 15],
    ['function*e(t){}', 'e', 0, 9],
    ['var r=e=>t(e),u=3;', 'r', 6, 4],
    ['var a=0,r=async e=>t(e);', 'r', 10, 8],
    ['var r=function(e){}', 'r', 6, 4],
    ['new(class e{constructor(){}})', 'e', 4, 10],
    ['function e(t){}', 'other', 0, undefined],
    ['', 'e', 0, undefined],
  ];
  for (const [text, name, start, at] of rows) {
    const expected = at === undefined ? [] : [{ line: 0, column: at }];
    assert.deepEqual(namePositions([toFrame(name, start)], 0, lines(text)), expected, text);
  }
});

test('the name stands where the function is called, too', () => {
  const inner = toFrame('e', 99);
  const caller = { ...toFrame('r', 99), column: 6 };
  assert.deepEqual(namePositions([inner, caller], 0, lines('{try{e(1)}}')), [
    { line: 0, column: 5 },
  ]);
  assert.deepEqual(namePositions([inner, { ...caller, file: '/b' }], 0, lines('{try{e(1)}}')), []);
  assert.deepEqual(namePositions([inner, caller], 0, lines('{try{a(1)}}')), []);
});

test('a line of any length is read near the function only', () => {
  const long = 'a'.repeat(100_000);
  const frames = [toFrame('e', 200_001)];
  const text = `${long} ${long}function e(t){}`;
  const startedAt = process.cpuUsage();

  for (let nth = 0; nth < 64; nth += 1) {
    assert.deepEqual(namePositions(frames, 0, lines(text)), [{ line: 0, column: 200_010 }]);
    assert.deepEqual(namePositions(frames, 0, lines(`${long} ${long}(e=>1)`)), []);
    assert.deepEqual(namePositions(frames, 0, lines(' '.repeat(400_000))), []);
  }

  assert.ok(process.cpuUsage(startedAt).user < 100_000, 'µs of processor time');
});

test('lines are picked by their numbers, in time', () => {
  const inTime = (): boolean => false;
  const picked = pickLines('a\nb\n\nd', new Set([0, 2, 3, 9, -1]), inTime);
  assert.deepEqual(
    [...picked],
    [
      [0, 'a'],
      [2, ''],
      [3, 'd'],
    ],
  );
  assert.deepEqual([...pickLines('', new Set([0]), inTime)], [[0, '']]);
  assert.equal(pickLines('\n'.repeat(5000), new Set([4999]), () => true).size, 0);
});

function toFrame(name: string, start: number): RawFrame {
  const place = { line: 1, column: 1, startLine: 1, startColumn: start + 1 };
  return { text: name, name, file: '/a', ...place, isAsync: false, repeats: 0 };
}

function lines(text: string): ReadonlyMap<number, string> {
  return new Map([[0, text]]);
}
