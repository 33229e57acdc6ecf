// Several response streams of one thread, and the supervisor's replies to them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STREAM_WINDOW_BYTES } from '../../../../src/core/limits.ts';
import type { StreamMessage, StreamReply } from '../../../../src/core/thread-protocol.ts';
import type { Completed } from '../../../../workers/handler-call.ts';
import type { LoadedHandler } from '../../../../workers/loading/handler-loader.ts';
import type { HeldPort } from '../../../../workers/streaming/stream-port.ts';
import type { StreamingCall } from '../../../../workers/streaming/streaming-call.ts';
import { Streams } from '../../../../workers/streaming/streams.ts';

type Write = { write(bytes: Uint8Array): boolean; end(): void };

/** Each call writes as many bytes as its event says, and ends. */
async function writes(bytes: number, stream: Write): Promise<void> {
  stream.write(new Uint8Array(bytes));
  stream.end();
}

function makeStreams() {
  const notes: string[] = [];
  const sent = new Map<number, number>();
  let onReply: (reply: StreamReply) => void = () => {};
  const port: HeldPort = {
    post: ({ stream, bytes }: StreamMessage) => {
      sent.set(stream, (sent.get(stream) ?? 0) + (bytes?.byteLength ?? 0));
    },
    listen: (listener) => {
      onReply = listener;
    },
    hold: () => notes.push('hold'),
    letGo: () => notes.push('let go'),
  };
  const streams = new Streams(port);
  const handler = { call: writes, highWaterMark: undefined } as unknown as LoadedHandler;
  const open = (number: number, bytes: number) => {
    const call = streams.open({ handler, number, tell: (text) => assert.fail(text) });
    const ended = new Promise<Completed>((resolve, reject) => {
      call.start({ resolve, reject }, bytes, {} as Parameters<StreamingCall['start']>[2]);
    });
    return { call, ended };
  };
  return { streams, notes, sent, open, reply: (reply: StreamReply) => onReply(reply) };
}

test('credit is its stream’s, and the port is held while one of them waits for some', async () => {
  const { streams, notes, sent, open, reply } = makeStreams();
  const [first, second] = [1, 2].map((number) => open(number, STREAM_WINDOW_BYTES)) as [
    ReturnType<typeof open>,
    ReturnType<typeof open>,
  ];
  assert.deepEqual(notes, ['hold']);
  assert.deepEqual(
    streams.awaitedReaders.map(({ count }) => count),
    [2],
  );
  reply({ kind: 'credit', stream: 2, bytes: STREAM_WINDOW_BYTES });
  await second.ended;
  assert.equal(sent.get(2), STREAM_WINDOW_BYTES);
  assert.ok((sent.get(1) ?? 0) < STREAM_WINDOW_BYTES);
  assert.deepEqual(notes, ['hold'], 'the first one still waits');
  assert.deepEqual(
    streams.awaitedReaders.map(({ count }) => count),
    [1],
  );
  reply({ kind: 'credit', stream: 1, bytes: STREAM_WINDOW_BYTES });
  await first.ended;
  assert.deepEqual(notes, ['hold', 'let go']);
  assert.deepEqual(streams.awaitedReaders, []);
});

test('a caller that hangs up is the affair of one', async () => {
  const { streams, open, reply, sent } = makeStreams();
  const [first, second] = [open(1, STREAM_WINDOW_BYTES), open(2, STREAM_WINDOW_BYTES)];
  reply({ kind: 'closed', stream: 1, reason: 'reset' });
  await first.ended;
  streams.close(first.call);
  // Replies may come for one that is over, or has never been.
  for (const stream of [1, 9]) reply({ kind: 'credit', stream, bytes: 1000 });
  assert.ok((sent.get(2) ?? 0) < STREAM_WINDOW_BYTES);
  reply({ kind: 'credit', stream: 2, bytes: STREAM_WINDOW_BYTES });
  await second.ended;
  assert.equal(sent.get(2), STREAM_WINDOW_BYTES);
  assert.equal(await second.call.conclude(), second.call.sender.posts);
});
