import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawFrame } from '../../../src/core/captured-stack.ts';
import { nameInSource, namePositions } from '../../../src/evidence/original-names.ts';

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
    assert.deepEqual(namePositions([toFrame(name, start)], 0, [text]), expected, text);
  }
});

test('the name stands where the function is called, too', () => {
  const inner = toFrame('e', 99);
  const caller = { ...toFrame('r', 99), column: 6 };
  assert.deepEqual(namePositions([inner, caller], 0, ['{try{e(1)}}']), [{ line: 0, column: 5 }]);
  assert.deepEqual(namePositions([inner, { ...caller, file: '/b' }], 0, ['{try{e(1)}}']), []);
  assert.deepEqual(namePositions([inner, caller], 0, ['{try{a(1)}}']), []);
});

test('the source tells the name where a function begins', () => {
  const rows: [line: string, column: number, name: string | undefined][] = [
    ['export async function load(id: string) {', 0, 'load'],
    ['export async function load(id: string) {', 7, 'load'],
    ['export default function* walk() {', 15, 'walk'],
    ['const toRow = (text: string): Row => {', 14, 'toRow'],
    ['export const handler: Handler = async (event) => {', 0, 'handler'],
    ['  static async run(event) {', 2, 'run'],
    ['  #step(depth) {', 2, 'step'],
    ['  onData: (chunk) => {', 10, 'onData'],
    ['class Store extends Base {', 0, 'Store'],
    ['rows.map((row) => {', 9, undefined],
    ['if (ready) {', 0, undefined],
    ['', 0, undefined],
  ];
  for (const [line, column, name] of rows) assert.equal(nameInSource(line, column), name, line);
  assert.equal(nameInSource(undefined, 0), undefined);
});

function toFrame(name: string, start: number): RawFrame {
  const place = { line: 1, column: 1, startLine: 1, startColumn: start + 1 };
  return { text: name, name, file: '/a', ...place, isAsync: false, repeats: 0 };
}
