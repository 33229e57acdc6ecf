// What becomes of a streamed answer, with a post whose end this test says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAILURE, KEY, play, type Scripted, SUCCESS } from '../../support/scripted-transport.ts';

const TIMEOUT = {
  kind: 'timeout',
  error: { errorType: 'Sandbox.Timedout', errorMessage: 'late', trace: [] },
  headerType: 'Function.Timeout',
} as const;

function open(...script: readonly Scripted[]) {
  const played = play(...script);
  const closed: string[] = [];
  const onClosed = (reason: string): void => void closed.push(reason);
  const stream = played.client.openStream(KEY, { contentType: undefined, onClosed });
  const [post] = played.posts;
  assert.ok(post !== undefined);
  return { ...played, stream, post, closed };
}

test('the head names the attempt and says that a stream and trailers come', () => {
  const { post } = open();
  assert.equal(post.head.path, '/2018-06-01/runtime/invocation/id%201%2F%23/response');
  assert.deepEqual(post.head.headers, {
    'Content-Type': 'application/octet-stream',
    'lambda-runtime-function-response-mode': 'streaming',
    Trailer: ['Lambda-Runtime-Function-Error-Type', 'Lambda-Runtime-Function-Error-Body'],
    'Transfer-Encoding': 'chunked',
    'lambda-runtime-invocation-id': 'nonce',
  });
});

test('pieces are counted, and the platform takes the whole', async () => {
  const { stream, post } = open();
  stream.write(Buffer.from('ab'), () => {});
  stream.write(Buffer.from('c'), () => {});
  stream.end();
  post.answer({});
  assert.deepEqual(await stream.ended, { kind: 'accepted', status: 202 });
  assert.equal(stream.bytes, 3);
  assert.deepEqual(post.given, ['ab', 'c', 'end']);
});

test('a failure of the handler is told by its own name, any other by what a header says', () => {
  assert.ok(FAILURE.kind === 'failure');
  for (const [outcome, type] of [
    [FAILURE, 'TypeError'],
    [{ ...FAILURE, error: { ...FAILURE.error, errorType: 'a\nb' } }, 'Function.TypeError'],
    [TIMEOUT, 'Function.Timeout'],
  ] as const) {
    const { stream, post } = open();
    stream.fail(outcome);
    const trailers = JSON.parse(post.given[0] ?? '');
    assert.equal(trailers['Lambda-Runtime-Function-Error-Type'], type);
    const body = Buffer.from(trailers['Lambda-Runtime-Function-Error-Body'], 'base64').toString();
    assert.deepEqual(JSON.parse(body), outcome.error);
  }
});

for (const status of [400, 410, 413]) {
  test(`a stream that meets ${status} is refused, and that is told`, async () => {
    const { stream, post, moments } = open();
    post.answer({ status });
    assert.deepEqual(await stream.ended, { kind: 'refused', status });
    assert.deepEqual(
      moments.map(({ event, requestId }) => [event, requestId]),
      [['refused', KEY.requestId]],
    );
  });
}

for (const status of [403, 500]) {
  test(`a stream that meets ${status} ends the service`, async () => {
    const { stream, post } = open();
    post.answer({ status });
    await assert.rejects(stream.ended, /Cannot go on serving: POST .* was answered/);
  });
}

test('a stream without a reply is told, and is over', async () => {
  const { stream, post, moments } = open();
  post.answer(new Error('hung up'));
  assert.deepEqual(await stream.ended, { kind: 'refused', status: 0 });
  assert.equal(moments[0]?.detail, 'the streamed response was cut short: hung up');
});

const AGAIN = {
  status: 200,
  headers: {
    'lambda-runtime-aws-request-id': KEY.requestId,
    'lambda-runtime-invocation-id': KEY.invocationId,
  },
};
const OTHER = { status: 200, headers: { 'lambda-runtime-aws-request-id': 'other' } };

test('an event that comes again after its stream was lost does not run again', async () => {
  const { client, stream, post, sent } = open(AGAIN, {}, OTHER);
  post.answer(new Error('hung up'));
  await stream.ended;
  assert.equal((await client.next(() => {})).requestId, 'other');
  const body = new TextDecoder().decode(sent[1]?.body);
  assert.equal(JSON.parse(body).errorType, 'Runtime.StreamLost');
});

test('when that stream had failed, the failure is its answer', async () => {
  const { client, stream, sent } = open(AGAIN, {}, OTHER);
  assert.ok(FAILURE.kind === 'failure');
  stream.fail(FAILURE);
  stream.abort('over');
  await stream.ended;
  await client.next(() => {});
  assert.equal(JSON.parse(new TextDecoder().decode(sent[1]?.body)).errorType, 'TypeError');
});

test('an answer behind a stream is one of its own', async () => {
  const { client, stream, post } = open({});
  stream.end();
  post.answer({});
  await stream.ended;
  const next = { requestId: 'next', invocationId: undefined };
  assert.equal((await client.respond(next, SUCCESS)).kind, 'accepted');
});

test('the end of the process ends the stream', async () => {
  const { client, stream, post } = open();
  await client.close();
  assert.deepEqual(post.given, ['aborted: the process ends']);
  assert.equal((await stream.ended).kind, 'refused');
});
