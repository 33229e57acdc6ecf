// What a handler writes to: Node's Writable, with the order of its bytes and its ways to end.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { STREAM_WINDOW_BYTES } from '../../../../src/core/limits.ts';
import { HttpResponseStream } from '../../../../workers/globals/response-streaming.ts';
import { ResponseStream } from '../../../../workers/streaming/response-stream.ts';
import { StreamSender } from '../../../../workers/streaming/stream-sender.ts';

function open(highWaterMark?: number) {
  const pieces: string[] = [];
  const types: (string | undefined)[] = [];
  const sender = new StreamSender(
    {
      post: ({ bytes, contentType }) => {
        pieces.push(bytes === undefined ? 'END' : Buffer.from(bytes).toString());
        types.push(contentType);
      },
      hold: () => {},
      letGo: () => {},
    },
    1,
  );
  let overs = 0;
  const onOver = (): void => {
    overs += 1;
  };
  const stream = new ResponseStream({ sender, highWaterMark, onOver });
  return { stream, sender, pieces, types, overs: () => overs };
}

test('it is a Writable, and finishes like one', async () => {
  const { stream, pieces, overs } = open();
  assert.ok(stream instanceof Writable);
  stream.write('a');
  assert.deepEqual(pieces, ['a'], 'the first byte leaves at once');
  stream.write('b');
  stream.write('c');
  stream.end('d');
  await once(stream, 'close');
  assert.deepEqual(pieces, ['a', 'bcd', 'END'], 'what comes in the same turn is one piece');
  assert.ok(stream.writableFinished);
  assert.equal(overs(), 1);
});

test('the prelude and the first chunk are one piece, also with an end alone', async () => {
  const prelude = `{"statusCode":204}${'\0'.repeat(8)}`;
  for (const [chunk, body] of [
    [undefined, ''],
    ['x', 'x'],
    [{ a: 1 }, '{"a":1}'],
  ] as const) {
    const { stream, pieces, types } = open();
    HttpResponseStream.from(stream, { statusCode: 204 });
    stream.end(chunk);
    await once(stream, 'close');
    assert.deepEqual(pieces.join('|'), [prelude + body, 'END'].join('|'));
    assert.equal(types[0], 'application/vnd.awslambda.http-integration-response');
  }
});

test('the callbacks of write and end are called, whatever stands before them', async () => {
  const { stream } = open();
  const called: string[] = [];
  stream.write('a', () => called.push('write'));
  stream.write('Yg==', 'base64', () => called.push('encoded'));
  stream.end(() => called.push('end'));
  await once(stream, 'close');
  assert.deepEqual(called, ['write', 'encoded', 'end']);
});

test('the high-water mark counts, and drain comes when there is credit again', async () => {
  const { stream, sender } = open(10);
  assert.equal(stream.writableHighWaterMark, 10);
  assert.equal(stream.write('short'), true);
  assert.equal(stream.write(Buffer.alloc(STREAM_WINDOW_BYTES)), false);
  let hasDrained = false;
  stream.once('drain', () => {
    hasDrained = true;
  });
  await turn();
  assert.ok(!hasDrained && stream.writableNeedDrain);
  sender.grant(STREAM_WINDOW_BYTES);
  await turn();
  assert.ok(hasDrained);
});

test('what waited for credit goes on in the context of its write', async () => {
  const { stream, sender } = open();
  const storage = new AsyncLocalStorage<string>();
  const found: unknown[] = [];
  stream.on('drain', () => found.push(storage.getStore()));
  storage.run('mine', () => {
    stream.write(Buffer.alloc(STREAM_WINDOW_BYTES + 1), () => found.push(storage.getStore()));
  });
  await turn();
  sender.grant(STREAM_WINDOW_BYTES);
  await turn();
  assert.deepEqual(found, ['mine', 'mine']);
});

test('a caller that hangs up is an error without need of a listener', async () => {
  const { stream, overs } = open();
  const events: string[] = [];
  for (const name of ['error', 'close']) stream.on(name, () => events.push(name));
  stream.write(Buffer.alloc(STREAM_WINDOW_BYTES + 1));
  stream.hangUp('reset');
  await turn();
  assert.deepEqual(events, ['error', 'close']);
  assert.equal((stream.errored as NodeJS.ErrnoException).code, 'ECONNRESET');
  assert.match(stream.errored?.message ?? '', /reset/);
  assert.equal(stream.write('more'), false);
  stream.end('more');
  assert.equal(overs(), 1);
  const alone = open();
  alone.stream.hangUp('reset');
  await turn();
});

test('what was written before a failure is on its way, corked or not; what comes later is dropped', async () => {
  const { stream, pieces } = open();
  stream.write('a');
  stream.cork();
  stream.write('b');
  const settled = stream.settle();
  assert.equal(stream.write('late'), false);
  stream.end('late');
  await settled;
  assert.deepEqual(pieces, ['a', 'b']);
  assert.ok(stream.destroyed);
});

test('an end before a failure is an end', async () => {
  const { stream, pieces } = open();
  stream.end('a');
  await stream.settle();
  assert.deepEqual(pieces, ['a', 'END']);
});

test('the content type must be one, and in time', () => {
  const { stream } = open();
  for (const odd of ['a\nb', 'エ', '', undefined]) {
    assert.throws(() => stream.setContentType(odd as string), { code: 'ERR_INVALID_CHAR' });
  }
  stream.setContentType('text/html');
  stream.write('x');
  assert.throws(() => stream.setContentType('text/plain'), {
    name: 'Runtime.InvalidStreamingOperation',
    message: 'Cannot set content-type, too late.',
  });
});
