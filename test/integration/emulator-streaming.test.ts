// Streamed responses through the Invoke API, read by the AWS SDK while they are written.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { PAYLOAD_BYTES_MAX } from '../../src/core/limits.ts';
import type { Emulator, EmulatorOptions, LogEntry } from '../../src/emulator/emulator.ts';
import {
  answerPath,
  idOf,
  next,
  post,
  rawCall,
  startBare,
} from '../unit/emulator/support/raw-runtime.ts';
import { assertRefused, clientOf, hostOf } from '../unit/emulator/support/sdk-caller.ts';
import { type SdkStream, streamClientOf } from '../unit/emulator/support/sdk-stream-caller.ts';
import { StreamedAnswer } from '../unit/emulator/support/streamed-answer.ts';

const PATH = '/2021-11-15/functions/function/response-streaming-invocations';

type Scene = {
  readonly emulator: Emulator;
  readonly log: LogEntry[];
  readonly id: string;
  readonly answer: StreamedAnswer;
  readonly stream: SdkStream;
};

/** A caller and a runtime, the first piece, "one", on its way through. */
async function startStream(
  t: TestContext,
  options: EmulatorOptions = {},
  input: Parameters<ReturnType<typeof streamClientOf>>[0] = {},
): Promise<Scene> {
  const log: LogEntry[] = [];
  const emulator = await startBare(t, { onLog: (entry) => log.push(entry), ...options });
  const sent = streamClientOf(t, emulator)(input);
  const id = idOf(await next(emulator));
  const answer = new StreamedAnswer(emulator, id);
  await answer.write('one');
  const stream = await sent;
  assert.equal(await stream.chunk(), 'one');
  return { emulator, log, id, answer, stream };
}

/** The runtime polls again, which ends the invocation. */
async function pollAgain(emulator: Emulator): Promise<void> {
  next(emulator).catch(() => {});
  await emulator.waitForPoll();
}

test('the SDK gets each piece when it is written, before there is a next one', async (t) => {
  const { emulator, id, answer, stream } = await startStream(t);

  for (const piece of ['two', 'drei', 'četyři']) {
    await answer.write(piece);
    assert.equal(await stream.chunk(), piece);
  }
  const reply = await answer.end('the last');
  const { body, complete } = await stream.rest();

  assert.deepEqual([reply.status, reply.text], [202, '{"status":"OK"}\n']);
  assert.equal(body.toString(), 'the last');
  assert.deepEqual(complete, {});
  const { StatusCode, ExecutedVersion, ResponseStreamContentType, $metadata } = stream.output;
  assert.deepEqual(
    [StatusCode, ExecutedVersion, ResponseStreamContentType],
    [200, '$LATEST', 'application/vnd.amazon.eventstream'],
  );
  assert.equal($metadata.requestId, id);
  assert.equal(emulator.state, 'RuntimeResponseSent');
});

test('the content type of the function is in a header of its own', async (t) => {
  const emulator = await startBare(t);
  const called = rawCall(hostOf(emulator), 'POST', PATH, { body: '{}' });
  const id = idOf(await next(emulator));
  await new StreamedAnswer(emulator, id, 'text/event-stream').end('data: 1\n\n');

  const { headers } = await called;

  assert.equal(headers['content-type'], 'application/vnd.amazon.eventstream');
  assert.equal(headers['x-amzn-remapped-content-type'], 'text/event-stream');
  assert.equal(headers['x-amzn-requestid'], id);
  assert.match(String(headers['x-amzn-trace-id']), /^Root=1-/);
});

test('the end of the log comes with the last event when it is asked for', async (t) => {
  const { emulator, id, answer, stream } = await startStream(t, {}, { LogType: 'Tail' });
  await answer.end();
  await pollAgain(emulator);

  const { complete } = await stream.rest();

  const log = Buffer.from(complete.LogResult ?? '', 'base64').toString();
  assert.match(log, new RegExp(`^START RequestId: ${id} .*\nEND RequestId: ${id}\nREPORT .*\n$`));
});

test('a buffered response of the largest size comes through as well', async (t) => {
  const emulator = await startBare(t);
  const sent = streamClientOf(t, emulator)();
  const id = idOf(await next(emulator));
  const largest = Buffer.alloc(PAYLOAD_BYTES_MAX, 'x');
  assert.equal((await post(emulator, answerPath(id), { body: largest })).status, 202);

  const { body, complete } = await (await sent).rest();

  assert.ok(body.equals(largest));
  assert.deepEqual(complete, {});
});

test('a stream may be larger than that; who wants it whole is refused it', async (t) => {
  const large = Buffer.alloc(PAYLOAD_BYTES_MAX + 1, 'y');
  const { emulator, answer, stream } = await startStream(t);
  const replied = answer.end(large);
  const { body, complete } = await stream.rest();
  assert.ok(body.equals(large));
  assert.deepEqual([(await replied).status, complete], [202, {}]);

  const whole = clientOf(t, emulator)({ FunctionName: 'function' });
  const refused = await new StreamedAnswer(emulator, idOf(await next(emulator))).end(large);
  const { FunctionError, Payload } = await whole;

  assert.equal(refused.status, 413);
  assert.equal(FunctionError, 'Unhandled');
  const { errorType } = JSON.parse(String(Payload?.transformToString()));
  assert.equal(errorType, 'Function.ResponseSizeTooLarge');
});

test('error trailers end the stream with an error', async (t) => {
  const { emulator, log, answer, stream } = await startStream(t);
  const error = '{"errorType":"RangeError","errorMessage":"é"}';

  const reply = await answer.fail('Function.RangeError', error);
  const { complete } = await stream.rest();
  await pollAgain(emulator);

  assert.equal(reply.status, 202);
  assert.deepEqual(complete, { ErrorCode: 'Unhandled', ErrorDetails: error });
  assert.match(log.at(-1)?.line ?? '', /\tStatus: error\tError Type: Function\.RangeError$/);
});

test('an error before the stream is told in the stream', async (t) => {
  const emulator = await startBare(t);
  const sent = streamClientOf(t, emulator)();
  const id = idOf(await next(emulator));
  const error = '{"errorType":"E","errorMessage":"m"}';
  await post(emulator, answerPath(id, 'error'), { body: error });

  const { body, complete } = await (await sent).rest();

  assert.equal(body.length, 0);
  assert.deepEqual(complete, { ErrorCode: 'Unhandled', ErrorDetails: error });
});

test('what is not run is refused as by Invoke', async (t) => {
  const emulator = await startBare(t, { functionName: 'f', queueLength: 0 });
  const send = streamClientOf(t, emulator);
  const rows: readonly (readonly [Parameters<typeof send>[0], string, number])[] = [
    [{ FunctionName: 'other' }, 'ResourceNotFoundException', 404],
    [{ Payload: Buffer.from('{') }, 'InvalidRequestContentException', 400],
    [{ Payload: Buffer.alloc(PAYLOAD_BYTES_MAX + 1, ' ') }, 'RequestTooLargeException', 413],
  ];
  for (const [input, name, status] of rows) await assertRefused(send(input), { name, status });
  const headers = { 'x-amz-invocation-type': 'Event' };
  const event = await rawCall(hostOf(emulator), 'POST', PATH, { headers, body: '{}' });
  assert.equal(event.status, 400);
  assert.match(event.text, /invocation type \\"Event\\": it is one of RequestResponse, DryRun/);
  const dry = { 'x-amz-invocation-type': 'DryRun' };
  assert.equal((await rawCall(hostOf(emulator), 'POST', PATH, { headers: dry })).status, 204);

  void emulator.invoke();
  await assertRefused(send(), { name: 'TooManyRequestsException', status: 429 });
});

test('while the body is sent everything else is 403, and the stream goes on', async (t) => {
  const { emulator, id, answer, stream } = await startStream(t);

  for (const verb of ['response', 'error'] as const) {
    assert.equal((await post(emulator, answerPath(id, verb), { body: '{}' })).status, 403);
  }
  assert.equal((await next(emulator)).status, 403);
  assert.equal(emulator.state, 'InvocationResponse');
  assert.equal((await answer.end('two')).status, 202);

  assert.equal((await stream.rest()).body.toString(), 'two');
});

test('the record has the size of a stream, the start of it, and its trailers', async (t) => {
  const { emulator, answer, stream } = await startStream(t);
  const reading = stream.rest();
  await answer.write(Buffer.alloc(200_000, 'x'));
  await answer.fail('Function.Late', '{}');
  await reading;

  const exchange = await emulator.waitForExchange(({ endpoint }) => endpoint === 'response');

  assert.deepEqual([exchange.status, exchange.requestBodyBytes], [202, 200_003]);
  assert.equal(exchange.requestBody.length, 64 * 1024);
  assert.match(Buffer.from(exchange.requestBody).toString(), /^onex+$/);
  assert.deepEqual(exchange.requestTrailers, {
    'lambda-runtime-function-error-type': 'Function.Late',
    'lambda-runtime-function-error-body': Buffer.from('{}').toString('base64'),
  });
});
