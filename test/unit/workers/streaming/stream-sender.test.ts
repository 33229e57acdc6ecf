// How bytes become pieces, and what there is no credit for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  STREAM_MESSAGE_BYTES,
  STREAM_PIECE_BYTES_MAX,
  STREAM_WINDOW_BYTES,
} from '../../../../src/core/limits.ts';
import type { StreamMessage } from '../../../../src/core/thread-protocol.ts';
import { StreamSender } from '../../../../workers/streaming/stream-sender.ts';

function open() {
  const posted: StreamMessage[] = [];
  const notes: string[] = [];
  const sender = new StreamSender(
    {
      post: (message, transfer) => {
        assert.equal(transfer[0], message.bytes?.buffer);
        posted.push(message);
      },
      hold: () => notes.push('hold'),
      letGo: () => notes.push('let go'),
    },
    7,
  );
  const send = (...chunks: Uint8Array[]): void => sender.send(chunks, () => notes.push('sent'));
  const sizes = (): number[] => posted.map(({ bytes }) => bytes?.byteLength ?? -1);
  return { sender, posted, notes, send, sizes };
}

test('chunks of one call are one piece, sent at once, and its end is told a moment later', async () => {
  const { sender, posted, notes, send } = open();
  sender.contentType = 'text/plain';
  send(Buffer.from('ab'), Buffer.from(''), Buffer.from('c'));
  assert.deepEqual(posted, [
    { stream: 7, contentType: 'text/plain', bytes: new Uint8Array(Buffer.from('abc')) },
  ]);
  assert.deepEqual(notes, []);
  await turn();
  assert.deepEqual(notes, ['sent']);
  sender.end();
  assert.deepEqual(posted[1], { stream: 7, contentType: undefined, bytes: undefined });
  assert.equal(sender.posts, 2);
});

test('nothing to send is sent', async () => {
  const { notes, send, posted } = open();
  send(Buffer.from(''));
  await turn();
  assert.deepEqual(notes, ['sent']);
  assert.deepEqual(posted, []);
});

test('the chunks stay the user', async () => {
  const { posted, send } = open();
  const chunk = Buffer.from('mine');
  send(chunk);
  chunk.fill('x');
  assert.equal(Buffer.from(posted[0]?.bytes ?? []).toString(), 'mine');
});

test('large chunks cross in pieces, and no byte is lost', async () => {
  const { posted, send, sizes } = open();
  const sent = Buffer.alloc(2 * STREAM_PIECE_BYTES_MAX + 5);
  for (let index = 0; index < sent.length; index += 1) sent[index] = index % 251;
  send(sent.subarray(0, 10), sent.subarray(10, 70_000), sent.subarray(70_000));
  assert.deepEqual(sizes(), [STREAM_PIECE_BYTES_MAX, STREAM_PIECE_BYTES_MAX, 5]);
  const came = Buffer.concat(posted.map(({ bytes }) => bytes ?? new Uint8Array()));
  assert.ok(came.equals(sent));
});

test('what there is no credit for waits for it, and holds the loop', async () => {
  const { sender, notes, send, sizes } = open();
  const piece = STREAM_PIECE_BYTES_MAX;
  const last = STREAM_WINDOW_BYTES - 3 * (piece + STREAM_MESSAGE_BYTES) - STREAM_MESSAGE_BYTES;
  send(Buffer.alloc(3 * piece + last + 100));
  assert.deepEqual(sizes(), [piece, piece, piece, last]);
  await turn();
  assert.deepEqual(notes, ['hold']);
  sender.grant(STREAM_MESSAGE_BYTES + 60);
  await turn();
  assert.deepEqual(sizes().slice(4), [60]);
  assert.deepEqual(notes, ['hold'], 'it still waits');
  sender.grant(STREAM_MESSAGE_BYTES);
  await turn();
  assert.deepEqual(sizes().slice(4), [60], 'a message is not for nothing');
  sender.grant(STREAM_MESSAGE_BYTES + 60);
  await turn();
  assert.deepEqual(sizes().slice(4), [60, 40]);
  assert.deepEqual(notes, ['hold', 'let go', 'sent']);
  send(Buffer.alloc(20));
  await turn();
  assert.deepEqual(sizes().slice(4), [60, 40, 20], 'the rest of the credit counts');
});

test('many small chunks have no more on their way than few large ones', async () => {
  const { send, sizes, notes } = open();
  for (let count = 0; count < STREAM_WINDOW_BYTES && !notes.includes('hold'); count += 1) {
    send(Buffer.from('x'));
    await turn();
  }
  assert.equal(sizes().length, Math.floor(STREAM_WINDOW_BYTES / (STREAM_MESSAGE_BYTES + 1)));
});

test('after its end nobody waits, and nothing is sent', async () => {
  const { sender, notes, send, sizes } = open();
  send(Buffer.alloc(STREAM_WINDOW_BYTES + 1));
  const before = sizes().length;
  sender.seal();
  await turn();
  assert.deepEqual(notes, ['hold', 'let go', 'sent']);
  send(Buffer.alloc(3));
  sender.end();
  sender.grant(STREAM_WINDOW_BYTES);
  await turn();
  assert.equal(sizes().length, before);
});
