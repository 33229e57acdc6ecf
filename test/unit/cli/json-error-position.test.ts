import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonErrorPosition } from '../../../src/cli/json-error-position.ts';

test('jsonErrorPosition() finds where a text stops being JSON', () => {
  const rows: [text: string, line: number, column: number][] = [
    ['', 1, 1],
    ['nope', 1, 1],
    ['{"a":1', 1, 7],
    ['{"a":1}}', 1, 8],
    ['{"a" 1}', 1, 6],
    ['{a:1}', 1, 2],
    ['{"a":1,}', 1, 8],
    ['[1,]', 1, 4],
    ['[1 2]', 1, 4],
    ['[,1]', 1, 2],
    ["{'a':1}", 1, 2],
    ['{\n  "a": 1,\n  "b": oops\n}', 3, 8],
    ['{"a": "never ends', 1, 18],
    ['{"a": "line\nbreak"}', 1, 12],
    ['{"a": "bad \\x"}', 1, 12],
    ['{"key', 1, 6],
    ['[01]', 1, 3],
    ['[1.]', 1, 3],
    ['[}', 1, 2],
    ['{"a":1]', 1, 7],
    ['"a" "b"', 1, 5],
    ['[[], {}, "", 0, -1.5e+3, true, false, null, "\\u00e9\\n"] x', 1, 57],
  ];
  for (const [text, line, column] of rows) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    assert.deepEqual(jsonErrorPosition(text), { line, column }, text);
  }
});
