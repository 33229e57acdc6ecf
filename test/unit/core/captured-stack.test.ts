import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { captureStack, type RawStack } from '../../../src/core/captured-stack.ts';

const HERE = import.meta.url;

/** Without the frame of `captureStack` itself. */
function capture(): RawStack {
  const stack = captureStack();
  assert.ok(stack !== undefined);
  return { ...stack, frames: stack.frames.slice(1) };
}

function descend(depth: number): RawStack {
  return depth === 0 ? capture() : descend(depth - 1);
}

class Ladder {
  readonly stack: RawStack;

  constructor() {
    this.stack = [0].map(() => capture())[0] ?? assert.fail();
  }
}

test('a stack has functions, places and where each function begins', () => {
  const { frames } = descend(0);

  const [own, caller] = frames;
  assert.deepEqual([own?.name, caller?.name], ['capture', 'descend']);
  assert.deepEqual([own?.file, own?.isAsync], [HERE, false]);
  assert.ok(own !== undefined && own.line === own.startLine + 1, JSON.stringify(own));
});

test('built-in functions and constructors have theirs, too', () => {
  const texts = new Ladder().stack.frames.map(({ text }) => text.replace(/ \(.*/, ''));

  assert.ok(texts.includes('Array.map'), texts.join());
  assert.ok(texts.includes('new Ladder'), texts.join());
});

test('a recursion is counted, not listed', () => {
  const { frames, isCut } = descend(500);

  const own = frames.filter(({ name }) => name === 'descend');
  assert.deepEqual(
    own.map(({ repeats }) => repeats),
    [0, 0, 498],
  );
  assert.equal(isCut, false);
});

test('a stack that is too deep to count says so', () => {
  assert.equal(descend(5000).isCut, true);
});

test('functions that wait for the one that runs are there', async () => {
  async function inner(): Promise<RawStack> {
    await null;
    return capture();
  }
  async function outer(): Promise<RawStack> {
    return await inner();
  }

  const { frames } = await outer();

  const waiting = frames.filter(({ isAsync }) => isAsync).map(({ name }) => name);
  assert.deepEqual(waiting.slice(0, 1), ['outer']);
});

test('nothing is changed', () => {
  const before = Object.getOwnPropertyDescriptors(Error);
  descend(100);
  assert.deepEqual(Object.getOwnPropertyDescriptors(Error), before);
});

test('a program that has its own way with errors does not hinder it', (context) => {
  const { prepareStackTrace } = Error;
  const { Error: Original } = globalThis;
  context.after(() => {
    globalThis.Error = Original;
    Error.prepareStackTrace = prepareStackTrace;
  });
  Error.prepareStackTrace = () => 'mine';
  assert.equal(descend(0).frames[0]?.name, 'capture');

  globalThis.Error = class MyError extends Original {} as ErrorConstructor;
  assert.equal(descend(0).frames[0]?.name, 'capture');
});

test('its text alone works: that is what is sent to other threads', () => {
  const code = `(${captureStack})() //# sourceURL=${fileURLToPath(HERE)}.sent`;

  const { frames } = runInThisContext(code) as RawStack;

  // Its own, the caller's, and what has called that.
  assert.equal(frames[0]?.name, 'captureStack');
  assert.match(frames[2]?.text ?? '', /runInThisContext/);
});
