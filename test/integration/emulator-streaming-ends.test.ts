// Streams that do not come to their end, readers that are slow, and the bandwidth of Lambda.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';

import { Emulator, type EmulatorOptions, type LogEntry } from '../../src/emulator/emulator.ts';
import { HttpReader } from '../unit/emulator/support/http-reader.ts';
import { MANAGED_COMMAND, type Order } from '../unit/emulator/support/managed-script.ts';
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
const MIB = 1024 * 1024;

async function begin(t: TestContext, options: EmulatorOptions = {}) {
  const log: LogEntry[] = [];
  const emulator = await startBare(t, { onLog: (entry) => log.push(entry), ...options });
  const sent = streamClientOf(t, emulator)();
  const id = idOf(await next(emulator));
  const answer = new StreamedAnswer(emulator, id);
  await answer.write('one');
  const stream = await sent;
  assert.equal(await stream.chunk(), 'one');
  return { emulator, log, id, answer, stream };
}

test('a timeout in the middle ends the stream and the connection of the runtime', async (t) => {
  const { emulator, log, id, answer, stream } = await begin(t, { timeoutMs: 1500 });

  const { complete } = await stream.rest();

  assert.equal(complete.ErrorCode, 'Unhandled');
  assert.deepEqual(JSON.parse(complete.ErrorDetails ?? ''), {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${id} Error: Task timed out after 1.50 seconds`,
  });
  await assert.rejects(answer.reply, { code: 'ECONNRESET' });
  await until(() => log.some(({ line }) => /^REPORT .*\tStatus: timeout$/.test(line)));
  const exchange = await emulator.waitForExchange(({ endpoint }) => endpoint === 'response');
  assert.equal(exchange.status, undefined);
  assert.equal(emulator.state, 'Started');
});

test('a connection that is lost in the middle ends the stream, and the state is stuck', async (t) => {
  const { emulator, id, answer, stream } = await begin(t);

  answer.request.destroy();
  const { complete } = await stream.rest();

  assert.deepEqual(JSON.parse(complete.ErrorDetails ?? ''), {
    errorType: 'Runtime.TruncatedResponse',
    errorMessage: `RequestId: ${id} Error: The response stream broke off before its end`,
  });
  assert.equal((await next(emulator)).status, 403);
});

const DEATHS: readonly (readonly [Order, RegExp])[] = [
  [{ exit: 3 }, /"Runtime\.ExitError".*exit status 3/],
  [{ kill: 'SIGKILL' }, /"Runtime\.ExitError".*signal: killed/],
  [{ spin: true }, /"Sandbox\.Timedout"/],
];

for (const [order, details] of DEATHS) {
  test(`a process that does ${JSON.stringify(order)} in the middle is told as that`, async (t) => {
    const options = { command: MANAGED_COMMAND, onLog: () => {}, timeoutMs: 2000 };
    const emulator = await Emulator.start(options);
    t.after(() => emulator.close());
    const Payload = Buffer.from(JSON.stringify({ stream: ['one'], ...order }));

    const stream = await streamClientOf(t, emulator)({ Payload });
    const { body, complete } = await stream.rest();

    assert.equal(body.toString(), 'one');
    assert.equal(complete.ErrorCode, 'Unhandled');
    assert.match(complete.ErrorDetails ?? '', details);
    assert.equal((await emulator.invoke({})).functionError, undefined);
  });
}

test('a caller that leaves closes the connection of the runtime, which may poll again', async (t) => {
  const log: LogEntry[] = [];
  const emulator = await startBare(t, { onLog: (entry) => log.push(entry) });
  const caller = new HttpReader(`${emulator.url}${PATH}`, { method: 'POST', body: '{}' });
  const id = idOf(await next(emulator));
  const answer = new StreamedAnswer(emulator, id);
  await answer.write('one');
  await caller.piece();

  caller.request.destroy();

  await assert.rejects(answer.reply, { code: 'ECONNRESET' });
  const second = emulator.invoke({}, { requestId: 'id-2' });
  assert.equal(idOf(await next(emulator)), 'id-2');
  await post(emulator, answerPath('id-2'), { body: '2' });
  assert.equal((await second).payload, 2);
  assert.ok(log.some(({ line }) => line.includes(`${id} The caller has left`)));
});

test('a caller that has left before the stream begins is not streamed to', async (t) => {
  const emulator = await startBare(t);
  const caller = new HttpReader(`${emulator.url}${PATH}`, { method: 'POST', body: '{}' });
  const id = idOf(await next(emulator));
  caller.request.destroy();
  await assert.rejects(caller.head);

  const answer = new StreamedAnswer(emulator, id);

  await assert.rejects(answer.reply, { code: 'ECONNRESET' });
  await until(() => emulator.state === 'RuntimeResponseSent');
});

test('the end of the emulator reaches who is in the middle of a stream', async (t) => {
  const { emulator, stream } = await begin(t);

  const read = assert.rejects(stream.rest(), { name: 'ServiceException', message: /is closing/ });
  await emulator.close();

  await read;
});

test('a reader that does not read stops the runtime from writing', async (t) => {
  const emulator = await startBare(t);
  const caller = new HttpReader(`${emulator.url}${PATH}`, { method: 'POST', body: '{}' });
  const answer = new StreamedAnswer(emulator, idOf(await next(emulator)));
  // Far more than the buffers of the system and of Node can take on the way.
  const total = 96 * MIB;
  let written = 0;
  const writing = writeAll(answer, total, (bytes) => {
    written = bytes;
  });
  await caller.head;

  const stalledAt = await whenSteady(() => written);

  assert.ok(stalledAt < total / 2, `${stalledAt} bytes were taken`);
  const { bytes } = await caller.all();
  await writing;
  assert.ok(bytes.length > total);
  assert.equal((await answer.reply).status, 202);
});

test('with the bandwidth of Lambda 6 MiB come at once, the rest at 2 MiB a second', async (t) => {
  const emulator = await startBare(t, { limitsBandwidth: true });
  const called = emulator.invoke({}, { requestId: 'id' });
  await next(emulator);
  const answer = new StreamedAnswer(emulator, 'id');
  const beganAtMs = performance.now();
  await answer.end(Buffer.alloc(6 * MIB, ' '));
  const burstMs = performance.now() - beganAtMs;
  assert.equal((await called).statusCode, 200);

  const stream = streamClientOf(t, emulator)();
  const second = new StreamedAnswer(emulator, idOf(await next(emulator)));
  const startedAtMs = performance.now();
  void second.end(Buffer.alloc(8 * MIB, ' '));
  assert.equal((await (await stream).rest()).body.length, 8 * MIB);
  const ms = performance.now() - startedAtMs;

  // 2 MiB are eight steps of 256 KiB every 125 ms; a timer may be a little early.
  assert.ok(ms >= 990, `8 MiB took ${ms} ms, and 6 MiB ${burstMs} ms`);
});

async function writeAll(
  { request }: StreamedAnswer,
  total: number,
  note: (written: number) => void,
): Promise<void> {
  const piece = Buffer.alloc(64 * 1024, 'x');
  for (let written = 0; written < total; written += piece.length) {
    if (!request.write(piece)) await once(request, 'drain');
    note(written + piece.length);
  }
  request.end();
}

/** The value once it has not changed for as long as a system that is busy needs for a step. */
async function whenSteady(look: () => number): Promise<number> {
  for (;;) {
    const before = look();
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (look() === before && before > 0) return before;
  }
}
