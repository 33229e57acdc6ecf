// The supervisor's end of the stream channel, against a thread that this test plays.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { STREAM_CREDIT_BYTES, STREAM_MESSAGE_BYTES } from '../../../src/core/limits.ts';
import { SlotStream } from '../../../src/pool/slot-stream.ts';
import { begin, MOST } from './stream-thread.ts';

test('what was sent before the result is handed on before it', () => {
  const { stream, sink, heads, post, piece } = begin();
  post({ contentType: 'text/plain', bytes: new Uint8Array(3) });
  piece(4);
  post({});
  stream.complete(1, 3);
  assert.deepEqual(sink.notes, ['3', '4', 'end']);
  assert.deepEqual(
    heads.map(({ contentType }) => contentType),
    ['text/plain'],
  );
  stream.close();
});

test('a thread that says it has sent something else is not trusted', () => {
  const { stream, piece } = begin();
  piece(1);
  assert.throws(() => stream.complete(1, 2), { errorType: 'Runtime.InvalidResult' });
  stream.close();
});

test('credit comes in portions, as the bytes leave', async () => {
  const { stream, far, sink, piece } = begin();
  const replied = once(far, 'message');
  for (let count = 0; count < 3; count += 1) piece(STREAM_CREDIT_BYTES / 2 - STREAM_MESSAGE_BYTES);
  stream.drain();
  for (const taken of sink.taken) taken();
  const [reply] = await replied;
  assert.deepEqual(reply, { kind: 'credit', stream: 1, bytes: STREAM_CREDIT_BYTES });
  stream.close();
});

test('bytes that have left are not kept for the garbage collector', () => {
  const { stream, far, sink } = begin();
  let given: ArrayBufferLike | undefined;
  sink.write = (bytes, onTaken) => {
    given = bytes.buffer;
    onTaken();
  };
  far.postMessage({ stream: 1, bytes: new Uint8Array(10) });
  stream.drain();
  assert.equal(given?.byteLength, 0);
  stream.close();
});

test('more than there is credit for is never held', () => {
  const { stream, sink, piece } = begin();
  piece(MOST);
  piece(1);
  assert.throws(() => stream.drain(), /more than there was credit for/);
  assert.deepEqual(sink.notes, [`${MOST}`]);
  stream.close();
});

test('behind the end nothing may come, not even another end', () => {
  const { stream, sink, open, post } = begin();
  post({});
  post({});
  assert.throws(() => stream.drain(), /it goes on behind its end/);
  assert.deepEqual(sink.notes, ['end']);
  stream.complete(1, 1);
  stream.begin(2, open);
  post({ stream: 2, bytes: new Uint8Array(1) });
  stream.complete(2, 1);
  stream.close();
});

for (const [what, message] of [
  ['rubbish', 'text'],
  ['another invocation', { stream: 9, bytes: new Uint8Array(1) }],
] as const) {
  test(`${what} on the channel is told once, and nothing after it is read`, async () => {
    const { stream, far, sink, defects, piece } = begin();
    far.postMessage(message);
    piece(1);
    while (defects.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stream.drain();
    assert.deepEqual(sink.notes, []);
    assert.equal(defects.length, 1);
    stream.close();
  });
}

test('what comes between two invocations is a defect, and told once', async () => {
  const { stream, defects, sink, piece } = begin();
  stream.complete(1, 0);
  piece(1);
  piece(1);
  while (defects.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.match(String(defects), /no invocation is in flight/);
  assert.equal(defects.length, 1);
  assert.deepEqual(sink.notes, []);
});

test('a caller that has gone is told to the thread', async () => {
  const { stream, far, heads, piece } = begin();
  piece(1);
  stream.drain();
  const replied = once(far, 'message');
  heads[0]?.onClosed('hung up');
  assert.deepEqual((await replied)[0], { kind: 'closed', stream: 1, reason: 'hung up' });
  stream.close();
});

test('what leaves late gives no credit to the next invocation', () => {
  const { stream, far, sink, open, piece } = begin();
  piece(MOST);
  stream.complete(1, 1);
  stream.begin(2, open);
  for (const taken of sink.taken.splice(0)) taken();
  for (let count = 0; count < 2; count += 1) {
    far.postMessage({ stream: 2, bytes: new Uint8Array(MOST) });
  }
  assert.throws(() => stream.drain(), /more than there was credit for/);
  stream.close();
});

test('a handler that does not stream has no channel', () => {
  const stream = new SlotStream(new MessageChannel().port1, () => {});
  stream.prepare(false);
  stream.begin(1, () => {
    throw new Error('nothing is opened');
  });
  stream.complete(1, undefined);
  stream.drain();
});
