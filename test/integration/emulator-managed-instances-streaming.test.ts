// Managed Instances: streamed responses, several at once, each with an end of its own.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import type { EmulatorOptions } from '../../src/emulator/emulator.ts';
import { HttpReader } from '../unit/emulator/support/http-reader.ts';
import {
  answerPath,
  idOf,
  next,
  post,
  startBare,
  until,
} from '../unit/emulator/support/raw-runtime.ts';
import { streamClientOf } from '../unit/emulator/support/sdk-stream-caller.ts';
import { StreamedAnswer } from '../unit/emulator/support/streamed-answer.ts';

const PATH = '/2021-11-15/functions/function/response-streaming-invocations';

test('two responses are streamed at once, and end in their own order', async (t) => {
  const { emulator, open } = await begin(t);
  const [a, b] = [await open(), await open()];

  for (const piece of ['1', '2']) {
    await a.answer.write(`a${piece}`);
    await b.answer.write(`b${piece}`);
    assert.equal(await a.stream.chunk(), `a${piece}`);
    assert.equal(await b.stream.chunk(), `b${piece}`);
  }
  assert.equal((await b.answer.end()).status, 202);
  assert.equal((await b.stream.rest()).complete.ErrorCode, undefined);
  assert.equal(emulator.openInvocationCount, 1);
  await a.answer.write('a3');
  assert.equal(await a.stream.chunk(), 'a3');
  assert.equal((await a.answer.end()).status, 202);
  assert.equal((await a.stream.rest()).complete.ErrorCode, undefined);
  assert.equal(emulator.peakLoad.running, 2);
});

test('an error in the trailers is accepted, and told to this caller alone', async (t) => {
  const { open } = await begin(t);
  const [a, b] = [await open(), await open()];

  const reply = await a.answer.fail('Function.Mine', '{"errorType":"Mine"}');

  assert.equal(reply.status, 202);
  const { complete } = await a.stream.rest();
  assert.deepEqual(
    [complete.ErrorCode, complete.ErrorDetails],
    ['Unhandled', '{"errorType":"Mine"}'],
  );
  assert.equal((await b.answer.end()).status, 202);
  assert.equal((await b.stream.rest()).complete.ErrorCode, undefined);
});

test('an error while the response is streamed ends the stream with it', async (t) => {
  const { emulator, open } = await begin(t);
  const { answer, stream, id } = await open();

  const reply = await post(emulator, answerPath(id, 'error'), { body: '{"errorType":"Mine"}' });

  assert.equal(reply.status, 202);
  const { complete } = await stream.rest();
  assert.deepEqual(
    [complete.ErrorCode, complete.ErrorDetails],
    ['Unhandled', '{"errorType":"Mine"}'],
  );
  await assert.rejects(answer.reply, { code: 'ECONNRESET' });
});

test('a timeout ends one stream and leaves the other', async (t) => {
  const { emulator, open } = await begin(t, { timeoutMs: 1000 });
  const { answer, stream, id } = await open();
  const poll = next(emulator);
  await emulator.waitForPoll();
  const other = emulator.invoke({}, { timeoutMs: 60_000 });
  const otherAnswer = new StreamedAnswer(emulator, idOf(await poll));
  await otherAnswer.write('"b');

  const { complete } = await stream.rest();

  assert.equal(JSON.parse(complete.ErrorDetails ?? '').errorType, 'Sandbox.Timedout');
  await assert.rejects(answer.reply, { code: 'ECONNRESET' });
  assert.equal((await post(emulator, answerPath(id), { body: '1' })).status, 410);
  assert.equal((await otherAnswer.end('1"')).status, 202);
  assert.equal((await other).payload, 'b1');
});

test('a stream whose connection is lost ends as truncated, and its slot is free', async (t) => {
  const { emulator, open } = await begin(t);
  const { answer, stream, id } = await open();

  answer.request.destroy();

  const { complete } = await stream.rest();
  assert.equal(JSON.parse(complete.ErrorDetails ?? '').errorType, 'Runtime.TruncatedResponse');
  assert.equal((await post(emulator, answerPath(id), { body: '1' })).status, 400);
  assert.equal(emulator.openInvocationCount, 0);
});

test('a caller that leaves ends its stream and no other', async (t) => {
  const { emulator, open } = await begin(t);
  const other = await open();
  const poll = next(emulator);
  await emulator.waitForPoll();
  const caller = new HttpReader(`${emulator.url}${PATH}`, { method: 'POST', body: '{}' });
  const answer = new StreamedAnswer(emulator, idOf(await poll));
  await answer.write('begun');
  await caller.piece();

  caller.request.destroy();

  await assert.rejects(answer.reply, { code: 'ECONNRESET' });
  await until(() => emulator.openInvocationCount === 1);
  assert.equal((await other.answer.end()).status, 202);
  assert.equal((await other.stream.rest()).complete.ErrorCode, undefined);
});

/** `open` begins the streamed response of one more invocation, with one piece. */
async function begin(t: TestContext, options: EmulatorOptions = {}) {
  const emulator = await startBare(t, { concurrency: 4, ...options });
  const invoke = streamClientOf(t, emulator);
  const open = async () => {
    const poll = next(emulator);
    await emulator.waitForPoll();
    const sent = invoke();
    const id = idOf(await poll);
    const answer = new StreamedAnswer(emulator, id);
    await answer.write('begun');
    const stream = await sent;
    assert.equal(await stream.chunk(), 'begun');
    return { id, answer, stream };
  };
  return { emulator, open };
}
