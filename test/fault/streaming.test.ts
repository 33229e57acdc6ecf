// Handlers that stream, and the bytes that the Runtime API gets of them (rows A8.1 to A8.12).
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FORMS, startStreams, textOf } from '../support/stream-function.ts';
import { type Answer, accept, type Read, trailingError } from '../support/stream-server.ts';
import { makeFolder } from '../unit/workers/temporary-folder.ts';

const NULS = '\0'.repeat(8);
const PRELUDE = { statusCode: 201, headers: { 'x-name': 'é' }, cookies: ['a=b'] };
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';

function checkWhole(answer: Answer, text: string): void {
  assert.equal(textOf(answer), text);
  assert.equal(answer.endpoint, 'response');
  assert.ok(answer.isWhole, 'it came to its end');
  assert.deepEqual({ ...answer.trailers }, {});
}

for (const form of FORMS) {
  test(`${form}: a streamed answer has the head that the contract wants`, async (t) => {
    const { api } = await startStreams(t, form);
    const answer = await api.invoke({ way: 'text' });
    checkWhole(answer, 'abé');
    const { headers } = answer;
    assert.equal(headers['lambda-runtime-function-response-mode'], 'streaming');
    assert.equal(headers['content-type'], 'application/octet-stream');
    assert.equal(headers['transfer-encoding'], 'chunked');
    assert.equal(headers['lambda-runtime-invocation-id'], 'i-r-1');
    assert.equal(
      headers.trailer,
      'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    );
    checkWhole(await api.invoke({ way: 'empty' }), '');
    checkWhole(await api.invoke({ way: 'text' }), 'abé');
    assert.deepEqual(api.overlaps, []);
  });

  test(`${form}: the first byte leaves as it is written`, async (t) => {
    const { api } = await startStreams(t, form);
    for (const way of ['early', 'early-then-busy']) {
      // The handler goes on when the file is there, which the reader of its first byte writes.
      const path = join(makeFolder(t, {}), 'read');
      const read: Read = (request, response) => {
        request.once('data', () => writeFileSync(path, ''));
        accept(request, response);
      };
      checkWhole(await api.invoke({ way, path }, { read }), 'nowlater');
    }
  });

  test(`${form}: what is neither text nor bytes is sent as JSON`, async (t) => {
    const { api } = await startStreams(t, form);
    const expected = '{"a":1}[2]3true{"0":4,"1":5}ABTypeErrorTypeError{"z":1}';
    checkWhole(await api.invoke({ way: 'json' }), expected);
  });

  test(`${form}: the prelude goes out with whatever comes first, also with nothing`, async (t) => {
    const { api } = await startStreams(t, form);
    const head = JSON.stringify(PRELUDE) + NULS;
    const prelude = PRELUDE;
    for (const [event, body] of [
      [{ chunks: ['a', 'b'], last: 'c' }, 'abc'],
      [{ last: 'x' }, 'x'],
      [{}, ''],
      [{ chunks: [''] }, ''],
    ] as const) {
      const answer = await api.invoke({ way: 'prelude', prelude, ...event });
      checkWhole(answer, head + body);
      assert.equal(answer.headers['content-type'], PRELUDE_TYPE);
    }
    const piped = await api.invoke({ way: 'pipeline' });
    checkWhole(piped, `{"statusCode":200}${NULS}pq`);
  });

  test(`${form}: the stream is one of Node's own`, async (t) => {
    const { api } = await startStreams(t, form);
    const members = JSON.parse(textOf(await api.invoke({ way: 'members' })));
    const { writableHighWaterMark, ...others } = members;
    assert.ok(writableHighWaterMark >= 16_384);
    assert.deepEqual(others, {
      isWritable: true,
      writable: true,
      writableEnded: false,
      writableObjectMode: false,
    });
    checkWhole(await api.invoke({ way: 'web' }), 'web');
    checkWhole(await api.invoke({ way: 'cork' }), 'ab');
  });
}

test('the content type can be said until the first write, and must be one', async (t) => {
  const { api } = await startStreams(t);
  const answer = await api.invoke({ way: 'type' });
  const late = 'Runtime.InvalidStreamingOperation: Cannot set content-type, too late.';
  checkWhole(answer, `x${late}`);
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
  checkWhole(await api.invoke({ way: 'odd-type' }), 'ERR_INVALID_CHAR');
});

test('the high-water mark of the handler is that of the stream', async (t) => {
  const { api } = await startStreams(t, 'streams-cjs.small');
  const members = JSON.parse(textOf(await api.invoke({ way: 'members' })));
  assert.equal(members.writableHighWaterMark, 10);
});

test('a return value is ignored, and told', async (t) => {
  const { api, child } = await startStreams(t);
  checkWhole(await api.invoke({ way: 'returns' }), 'x');
  await child.until(({ stdout }) =>
    /\tr-1\tWARN\tStreaming handlers ignore return values\.\n/.test(stdout),
  );
});

test('a source that is piped in may go on after the handler has returned', async (t) => {
  const { api } = await startStreams(t);
  checkWhole(await api.invoke({ way: 'piped', ms: 30 }), 'pq');
});

test('a handler that is not async is told so, as an error or behind what it wrote', async (t) => {
  const { api } = await startStreams(t, 'streams-cjs.sync');
  const message = 'Streaming does not support non-async handlers.';
  const silent = await api.invoke({});
  assert.equal(silent.endpoint, 'error');
  assert.equal(JSON.parse(silent.text).errorMessage, message);
  const begun = await api.invoke({ way: '', text: 'x' });
  assert.equal(begun.text, 'x');
  const { errorMessage, errorType } = trailingError(begun) as Record<string, string>;
  assert.deepEqual({ errorMessage, errorType }, { errorMessage: message, errorType: 'Error' });
});

test('another kind of streaming is an init error', async (t) => {
  const { api, child } = await startStreams(t, 'streams-cjs.odd');
  const { headers, text } = await api.initError;
  assert.equal(headers['lambda-runtime-function-error-type'], 'Runtime.MalformedStreamingHandler');
  assert.equal(JSON.parse(text).errorMessage, 'Only response streaming is supported.');
  assert.equal((await child.ended).exitCode, 1);
});

test('on the main thread a handler streams as well', async (t) => {
  const { api } = await startStreams(t, FORMS[1], { BULKHEAD_ISOLATION: 'none' });
  checkWhole(await api.invoke({ way: 'text' }), 'abé');
  const many = await api.invoke({ way: 'many', count: 100, size: 65_536 });
  assert.ok(many.isWhole);
  assert.equal(many.bytes, 6_553_600);
});
