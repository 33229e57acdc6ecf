import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RawFrame, RawStack } from '../../../src/core/captured-stack.ts';
import {
  parseStack,
  runsOwnCode,
  runsUserCode,
  toLines,
  withoutOuterFrames,
} from '../../../src/evidence/frames.ts';

const OWN = fileURLToPath(new URL('../../../workers/handler-runner.ts', import.meta.url));

function frame(name: string, file: string, changes: Partial<RawFrame> = {}): RawFrame {
  const text = file === '' ? `${name} (<anonymous>)` : `${name} (${file}:1:2)`;
  const place = { line: 1, column: 2, startLine: 1, startColumn: 1 };
  return { text, name, file, ...place, isAsync: false, repeats: 0, ...changes };
}

function stack(...frames: RawFrame[]): RawStack {
  return { frames, omitted: 0, isCut: false };
}

const USER = frame('spin', '/var/task/app.mjs');
const BUILT_IN = frame('JSON.stringify', '');
const NODE = frame('emit', 'node:events');
const RUNTIME = frame('invoke', OWN);

test('the frames below the outermost of the user are left out, those above are not', () => {
  const frames = [BUILT_IN, NODE, USER, NODE, USER, NODE, RUNTIME, NODE];

  assert.deepEqual(withoutOuterFrames(frames), [BUILT_IN, NODE, USER, NODE, USER]);
});

test('a stack without any of the user stays, but for the runtime', () => {
  assert.deepEqual(withoutOuterFrames([NODE, RUNTIME, BUILT_IN]), [NODE, BUILT_IN]);
});

test('only what runs counts as running', () => {
  const waiting = frame('async handler', '/var/task/app.mjs', { isAsync: true });
  assert.equal(runsUserCode(stack(BUILT_IN, USER)), true);
  assert.equal(runsUserCode(stack(BUILT_IN, RUNTIME, waiting)), false);
  assert.equal(runsOwnCode(stack(BUILT_IN, RUNTIME, waiting)), true);
  assert.equal(runsOwnCode(stack(NODE, { ...RUNTIME, isAsync: true })), false);
});

test('a line names function and place, as the sources have them where that is known', () => {
  const frames = [
    BUILT_IN,
    frame('e', '/var/task/out.mjs', { text: 'async e (/var/task/out.mjs:1:2)' }),
    frame('handler', '/var/task/app.cjs', { text: 'Object.handler (/var/task/app.cjs:1:2)' }),
    frame('Store', '/var/task/app.cjs', { text: 'new Store (/var/task/app.cjs:1:2)' }),
    frame('', '/var/task/app.cjs', { text: '/var/task/app.cjs:1:2' }),
    frame('load', '/var/task/app.cjs', { text: 'async Store.load (/var/task/app.cjs:1:2)' }),
    frame('all', '', { text: 'async Promise.all (index 1)' }),
  ];
  const place = { file: '/src/work.ts', line: 7, column: 9, name: 'work' };

  assert.deepEqual(toLines(stack(...frames), [undefined, place]), [
    'JSON.stringify (<anonymous>)',
    'async work (/src/work.ts:7:9)',
    'handler (/var/task/app.cjs:1:2)',
    'new Store (/var/task/app.cjs:1:2)',
    '<anonymous> (/var/task/app.cjs:1:2)',
    'async Store.load (/var/task/app.cjs:1:2)',
    'async Promise.all (index 1)',
  ]);
});

test('what is left out is counted', () => {
  const deep = { ...USER, repeats: 996 };
  assert.deepEqual(toLines(stack(deep, { ...USER, repeats: 1 }), []), [
    'spin (/var/task/app.mjs:1:2)',
    '... 996 more frames',
    'spin (/var/task/app.mjs:1:2)',
    '... 1 more frame',
  ]);
  const many = Array.from({ length: 40 }, () => USER);
  assert.equal(toLines({ ...stack(...many), omitted: 5 }, []).at(-1), '... 13 more frames');
  const cut = { ...stack(USER), isCut: true };
  assert.equal(toLines(cut, []).at(-1), '... and more than could be counted');
});

test('what a thread sends is checked: user code may have had its hand in it', () => {
  for (const value of [undefined, null, 1, 'x', {}, { frames: 1 }, []]) {
    assert.equal(parseStack(value, 0), undefined);
  }
  const odd = {
    frames: [null, 1, { text: 1 }, { text: 'a', name: 'b', file: 'file://%' }],
    isCut: 1,
  };
  assert.deepEqual(parseStack(odd, 0), {
    frames: [
      frame('b', 'file://%', { text: 'a', line: 0, column: 0, startLine: 0, startColumn: 0 }),
    ],
    omitted: 0,
    isCut: false,
  });
});

test('places are paths, and the frames of the question are left out', () => {
  const frames = [USER, { ...USER, file: 'file:///var/task/a%20b.mjs' }];
  assert.equal(parseStack({ frames }, 1)?.frames[0]?.file, '/var/task/a b.mjs');
});

test('a function may have any name', () => {
  const name = `${' ('.repeat(50_000)}\n`;
  const odd = { ...USER, name, text: `${name} ` };
  const startedAt = process.cpuUsage();
  const [line = ''] = toLines(stack(odd), []);
  assert.ok(process.cpuUsage(startedAt).user < 100_000, 'µs of processor time');
  assert.ok(line.endsWith(' (/var/task/app.mjs:1:2)'));
});
