// Several streams on one channel, against a thread that this test plays.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { STREAM_CREDIT_BYTES, STREAM_MESSAGE_BYTES } from '../../../src/core/limits.ts';
import { begin, MOST, Sink } from './stream-thread.ts';

/** Streams of the numbers 1 to 3 in one thread, each with a sink of its own. */
function beginSeveral() {
  const { stream, far, sink: first, defects, post } = begin();
  const sinks = [first, new Sink(), new Sink()];
  for (const number of [2, 3]) stream.begin(number, () => sinks[number - 1]);
  const piece = (number: number, bytes: number): void =>
    post({ stream: number, bytes: new Uint8Array(bytes) });
  const notes = (): unknown => sinks.map((sink) => sink.notes);
  return { stream, far, sinks, defects, post, piece, notes };
}

test('several at once do not get into each other’s way', async () => {
  const { stream, far, sinks, post, piece, notes } = beginSeveral();
  for (const number of [1, 2, 3, 1, 3, 2]) piece(number, number);
  post({ stream: 2 });
  stream.complete(2, 3);
  assert.deepEqual(notes(), [
    ['1', '1'],
    ['2', '2', 'end'],
    ['3', '3'],
  ]);
  // What has left gives credit to its own stream.
  for (const number of [1, 3]) piece(number, STREAM_CREDIT_BYTES);
  stream.drain();
  const replied = once(far, 'message');
  for (const taken of sinks[2]?.taken.splice(0) ?? []) taken();
  const bytes = STREAM_CREDIT_BYTES + 6 + 3 * STREAM_MESSAGE_BYTES;
  assert.deepEqual((await replied)[0], { kind: 'credit', stream: 3, bytes });
  piece(3, 1);
  post({ stream: 1 });
  stream.complete(1, 4);
  stream.complete(3, 4);
  stream.close();
});

test('the window of one is not the other’s', () => {
  const { stream, piece } = beginSeveral();
  for (const number of [1, 2, 3]) piece(number, MOST);
  stream.drain();
  piece(2, 1);
  assert.throws(() => stream.drain(), /more than there was credit for/);
  stream.close();
});

test('one that was decided otherwise is told so, and what still comes of it is dropped', async () => {
  const { stream, far, sinks, defects, post, piece, notes } = beginSeveral();
  piece(1, 1);
  piece(2, 2);
  stream.drain();
  const replied = once(far, 'message');
  stream.forget(2, 'timed out');
  assert.deepEqual((await replied)[0], { kind: 'closed', stream: 2, reason: 'timed out' });
  piece(2, 20);
  post({ stream: 2 });
  piece(1, 10);
  while (sinks[0]?.notes.length !== 2) await new Promise((resolve) => setImmediate(resolve));
  // That it says it has sent something else is of no use to anybody.
  stream.complete(2, 7);
  stream.complete(1, 2);
  assert.deepEqual(notes(), [['1', '10'], ['2'], []]);
  assert.deepEqual(defects, []);
  // Behind its result nothing may come of it, either.
  piece(2, 1);
  while (defects.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.match(String(defects), /it belongs to no invocation/);
});

test('nobody can send without an end by being forgotten', () => {
  const { stream, piece } = beginSeveral();
  stream.forget(2, 'timed out');
  piece(2, MOST);
  piece(2, 1);
  assert.throws(() => stream.drain(), /more than there was credit for/);
  stream.close();
});

test('one that was never begun cannot be forgotten, and stays a defect', () => {
  const { stream, piece } = beginSeveral();
  stream.forget(4, 'timed out');
  piece(4, 1);
  assert.throws(() => stream.drain(), /it belongs to no invocation/);
  stream.close();
});
