import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RuntimeError } from '../../../src/core/errors.ts';
import {
  parseControlReply,
  parseHandlerResult,
  parseLastWords,
  parseStreamMessage,
} from '../../../src/core/handler-result.ts';
import { TEXT_LENGTH_MAX } from '../../../src/core/payload.ts';

const ERROR = { errorType: 'E', errorMessage: 'm', trace: ['E: m'] };
const LONG_TEXT = 'x'.repeat(TEXT_LENGTH_MAX + 1);
const USE = { heapBytes: 1000, externalBytes: 20 };
const FAILURE = { kind: 'failure', error: ERROR, headerType: 'Function.Oops', handlerMs: 1 };

test('what a sound worker sends is taken as it is', () => {
  const body = new Uint8Array([1]);
  const success = {
    kind: 'success',
    body,
    handlerMs: 2,
    posts: undefined,
    measured: undefined,
    ...USE,
  } as const;
  assert.deepEqual(parseHandlerResult(success), success);
  const failure = { ...FAILURE, xrayCause: '{}', posts: undefined, measured: undefined, ...USE };
  assert.deepEqual(parseHandlerResult(failure), failure);
  const ready = { kind: 'ready', osThreadId: 77, isStreaming: true, bootedAtMs: 5 } as const;
  assert.deepEqual(parseHandlerResult(ready), ready);
  const streamed = { ...success, posts: 3 } as const;
  assert.deepEqual(parseHandlerResult(streamed), streamed);
  assert.deepEqual(parseHandlerResult({ kind: 'withdrawn' }), { kind: 'withdrawn' });
});

test('numbers that only help are left out when they make no sense', () => {
  const ready = parseHandlerResult({ kind: 'ready', osThreadId: -1 });
  const unknown = { osThreadId: undefined, bootedAtMs: undefined };
  assert.deepEqual(ready, { kind: 'ready', isStreaming: false, ...unknown });
  const body = new Uint8Array();
  const result = parseHandlerResult({
    kind: 'success',
    body,
    heapBytes: 'many',
    externalBytes: -1,
  });
  const none = {
    handlerMs: 0,
    posts: undefined,
    measured: undefined,
    heapBytes: 0,
    externalBytes: 0,
  };
  assert.deepEqual(result, { kind: 'success', body, ...none });
});

test('what a thread tells of its times is read, and left out when it makes no sense', () => {
  const success = { kind: 'success', body: new Uint8Array(), handlerMs: 2, ...USE } as const;
  const times = { begunAtMs: 1, calledAtMs: 2, returnedAtMs: 3, repliedAtMs: 4 };
  const use = { cpuMs: 1, loopUtilization: 0.5, heapBytesBefore: 6, heapBytesAfter: 7 };
  const measuredOf = (measured: unknown): unknown => {
    const result = parseHandlerResult({ ...success, measured });
    return 'measured' in result ? result.measured : 'none';
  };
  assert.deepEqual(measuredOf({ times, use }), { times, use });
  assert.deepEqual(measuredOf({ times }), { times, use: undefined });
  const damaged = { times: { ...times, calledAtMs: 'soon' }, use: { ...use, cpuMs: null } };
  const mended = { times: { ...times, calledAtMs: 0 }, use: { ...use, cpuMs: undefined } };
  assert.deepEqual(measuredOf(damaged), mended);
  for (const none of [undefined, null, 7, {}, { times: null }]) {
    assert.equal(measuredOf(none), undefined);
  }
});

test('an answer on the control channel is read, or left out when it is damaged', () => {
  const resource = { type: 'Timeout', count: 2, details: ['30000 ms'] };
  const reply = { kind: 'pending', ask: 3, resources: [resource] };
  assert.deepEqual(parseControlReply(reply), reply);
  const listens = { kind: 'listens', signal: 'SIGHUP' };
  assert.deepEqual(parseControlReply({ ...listens, more: 1 }), listens);
  for (const damaged of [
    undefined,
    { ...reply, kind: 'other' },
    { ...reply, ask: 'x' },
    { ...listens, signal: 'SIGKILL' },
    { ...listens, signal: 9 },
    { ...reply, resources: [{ ...resource, type: 1 }] },
    { ...reply, resources: [{ ...resource, count: 0.5 }] },
    { ...reply, resources: [{ ...resource, details: [1] }] },
  ]) {
    assert.equal(parseControlReply(damaged), undefined);
  }
});

test('a piece of a stream is taken as it is', () => {
  const bytes = new Uint8Array([1, 2]);
  const piece = { stream: 2, contentType: 'text/html; charset=utf-8', bytes };
  assert.deepEqual(parseStreamMessage(piece), piece);
  const end = { stream: 2, contentType: undefined, bytes: undefined };
  assert.deepEqual(parseStreamMessage({ stream: 2 }), end);
});

const PIECE = { stream: 1, bytes: new Uint8Array([1]) };
for (const [name, value] of [
  ['message', 7],
  ['message.stream', { ...PIECE, stream: '1' }],
  ['message.contentType', { ...PIECE, contentType: 'a\nb' }],
  ['message.contentType', { ...PIECE, contentType: 'x'.repeat(10_000) }],
  ['message.bytes', { ...PIECE, bytes: 'text' }],
  ['message.bytes', { ...PIECE, bytes: new Uint8Array() }],
  // What hangs on it would not be counted.
  ['message.bytes', { ...PIECE, bytes: new Uint8Array(1000).subarray(0, 1) }],
  ['message.bytes', { ...PIECE, bytes: new Uint8Array(new ArrayBuffer(1, { maxByteLength: 9 })) }],
  // It could not be freed.
  ['message.bytes', { ...PIECE, bytes: new Uint8Array(new SharedArrayBuffer(1)) }],
] as const) {
  test(`a piece of a stream with a damaged ${name} is refused: ${Object.keys(value)}`, () => {
    const message = new RegExp(`"${name}"`);
    assert.throws(() => parseStreamMessage(value), { errorType: 'Runtime.InvalidResult', message });
  });
}

function checkRefused(name: string, value: unknown): void {
  test(`a result with a damaged ${name} is refused by that name`, () => {
    assert.throws(() => parseHandlerResult(value), {
      errorType: 'Runtime.InvalidResult',
      message: new RegExp(`"${name}"`),
    });
  });
}

checkRefused('result', undefined);
checkRefused('kind', { kind: 'other' });
checkRefused('body', { kind: 'success', body: LONG_TEXT, handlerMs: 1 });
for (const memory of [
  new SharedArrayBuffer(8),
  new SharedArrayBuffer(8, { maxByteLength: 16 }),
  new ArrayBuffer(8, { maxByteLength: 16 }),
]) {
  checkRefused('body', { kind: 'success', body: new Uint8Array(memory), handlerMs: 1 });
}
checkRefused('headerType', { ...FAILURE, headerType: 'Function.Oops\r\nX: y' });
checkRefused('headerType', { ...FAILURE, headerType: 'E' });
checkRefused('xrayCause', { ...FAILURE, xrayCause: 'é' });
checkRefused('error.trace', { ...FAILURE, error: { ...ERROR, trace: [1] } });
checkRefused('error.errorType', { ...FAILURE, error: { ...ERROR, errorType: 7 } });

test('a time that makes no sense is no reason to lose an answer', () => {
  const result = parseHandlerResult({ kind: 'success', body: new Uint8Array(), handlerMs: -1 });
  const none = {
    handlerMs: 0,
    posts: undefined,
    measured: undefined,
    heapBytes: 0,
    externalBytes: 0,
  };
  assert.deepEqual(result, { kind: 'success', body: new Uint8Array(), ...none });
});

test('any value gives a result or a RuntimeError; last words give words or nothing', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        parseHandlerResult(value);
      } catch (error) {
        assert.ok(error instanceof RuntimeError);
      }
      parseLastWords(value);
    }),
  );
});

test('last words are read, or left out when they are damaged', () => {
  const exit = { kind: 'exit', exitCode: 3, trace: ['at x'] };
  assert.deepEqual(parseLastWords(exit), exit);
  const rejection = { kind: 'unhandledRejection', error: ERROR };
  assert.deepEqual(parseLastWords(rejection), rejection);
  for (const words of [exit, rejection]) {
    assert.deepEqual(parseLastWords({ ...words, culprit: 3 }), { ...words, culprit: 3 });
    for (const culprit of [undefined, 0, 1.5, '3']) {
      assert.deepEqual(parseLastWords({ ...words, culprit }), words);
    }
  }
  assert.equal(parseLastWords({ kind: 'exit', exitCode: 'x', trace: [] }), undefined);
  assert.equal(parseLastWords({ kind: 'unhandledRejection' }), undefined);
  assert.equal(parseLastWords(undefined), undefined);
});
