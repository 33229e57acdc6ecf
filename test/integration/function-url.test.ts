// A Function URL and functions that answer as a whole: the event, and what becomes of the answer.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { PAYLOAD_BYTES_MAX } from '../../src/core/limits.ts';
import { Emulator, type EmulatorOptions, type LogEntry } from '../../src/emulator/emulator.ts';
import { type HttpCall, HttpReader } from '../unit/emulator/support/http-reader.ts';
import {
  answerPath,
  idOf,
  next,
  post,
  type RawReply,
  startBare,
} from '../unit/emulator/support/raw-runtime.ts';

async function start(t: TestContext, options: EmulatorOptions = {}) {
  const log: LogEntry[] = [];
  const onLog = (entry: LogEntry): void => void log.push(entry);
  const emulator = await startBare(t, { functionUrlPort: 0, onLog, ...options });
  return { emulator, log, url: String(emulator.functionUrl) };
}

/** One request, and the whole of what the function answers it. */
async function call(
  { emulator, url }: { emulator: Emulator; url: string },
  answer: unknown,
  http: HttpCall & { readonly path?: string } = {},
) {
  const reader = new HttpReader(url + (http.path ?? ''), http);
  const event = await next(emulator);
  const body = answer instanceof Uint8Array ? answer : JSON.stringify(answer);
  await post(emulator, answerPath(idOf(event)), { body });
  return { event: toEvent(event), ...(await reader.all()) };
}

function toEvent(reply: RawReply): Record<string, unknown> & {
  readonly headers: Record<string, string>;
  readonly requestContext: Record<string, unknown>;
} {
  return JSON.parse(reply.text);
}

test('a request becomes an event of payload format 2.0', async (t) => {
  const scene = await start(t);

  const { event, headers } = await call(scene, 'ok', {
    method: 'POST',
    path: 'a%20b/c?x=1&x=2&y=z%26+ž&flag',
    headers: { 'content-type': 'application/json', cookie: 'a=1; b="2"', 'user-agent': 'test' },
    body: '{"name":"Žofie"}',
  });

  assert.equal(event['version'], '2.0');
  assert.equal(event['rawPath'], '/a%20b/c');
  assert.match(String(event['rawQueryString']), /^x=1&x=2&y=z%26\+.*&flag$/);
  assert.deepEqual(event['queryStringParameters'], { x: '1,2', y: 'z& ž', flag: '' });
  assert.deepEqual(event['cookies'], ['a=1', 'b="2"']);
  assert.equal(event['body'], '{"name":"Žofie"}');
  assert.equal(event['isBase64Encoded'], false);
  assert.equal(event.headers['cookie'], 'a=1; b="2"');
  assert.equal(event.headers['x-forwarded-for'], '127.0.0.1');
  const { http, requestId, stage, routeKey } = event.requestContext;
  assert.deepEqual(http, {
    method: 'POST',
    path: '/a%20b/c',
    protocol: 'HTTP/1.1',
    sourceIp: '127.0.0.1',
    userAgent: 'test',
  });
  assert.deepEqual([stage, routeKey], ['$default', '$default']);
  assert.equal(headers['x-amzn-requestid'], requestId);
  assert.equal(headers['x-amzn-trace-id'], event.headers['x-amzn-trace-id']);
});

test('a body that is not text comes as base64, byte for byte', async (t) => {
  const scene = await start(t);
  const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

  const { event } = await call(scene, 'ok', {
    method: 'PUT',
    headers: { 'content-type': 'image/png' },
    body,
  });

  assert.equal(event['isBase64Encoded'], true);
  assert.ok(Buffer.from(String(event['body']), 'base64').equals(body));
});

test('an answer with a statusCode is the response as the function wants it', async (t) => {
  const scene = await start(t);

  const { status, headers, text } = await call(scene, {
    statusCode: 201,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'X-Number': 7, 'Content-Length': '1' },
    cookies: ['a=1; HttpOnly', 'b=2'],
    body: '<p>é</p>',
  });

  assert.deepEqual([status, text], [201, '<p>é</p>']);
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(headers['content-length'], '9');
  assert.equal(headers['x-number'], '7');
  assert.deepEqual(headers['set-cookie'], ['a=1; HttpOnly', 'b=2']);
});

test('a base64 body arrives as its bytes', async (t) => {
  const scene = await start(t);
  const image = Buffer.from([0, 255, 128, 10]);

  const { headers, bytes } = await call(scene, {
    statusCode: 200,
    headers: { 'content-type': 'image/png' },
    body: image.toString('base64'),
    isBase64Encoded: true,
  });

  assert.ok(bytes.equals(image));
  assert.equal(headers['content-type'], 'image/png');
});

test('an answer without a statusCode is the body itself, as JSON', async (t) => {
  const scene = await start(t);
  for (const answer of ['Hello', { message: 'Hello' }, [1], null, 7]) {
    const { status, headers, text } = await call(scene, answer);

    assert.deepEqual([status, text], [200, JSON.stringify(answer)]);
    assert.equal(headers['content-type'], 'application/json');
  }
});

test('responses without a body have none', async (t) => {
  const scene = await start(t);

  const empty = await call(scene, { statusCode: 204 });
  const moved = await call(scene, { statusCode: 302, headers: { location: '/there' } });
  const head = await call(scene, { statusCode: 200, body: 'four' }, { method: 'HEAD' });

  assert.deepEqual([empty.status, empty.text], [204, '']);
  assert.deepEqual([moved.status, moved.headers.location, moved.text], [302, '/there', '']);
  assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, '4', '']);
});

test('a function error is 502 and says nothing about itself', async (t) => {
  const { emulator, url } = await start(t);
  const reader = new HttpReader(url);
  const id = idOf(await next(emulator));
  await post(emulator, answerPath(id, 'error'), { body: '{"errorMessage":"a secret"}' });

  const { status, text, headers } = await reader.all();

  assert.deepEqual([status, text], [502, 'Internal Server Error']);
  assert.equal(headers['x-amzn-requestid'], id);
});

test('a timeout is 502', async (t) => {
  const { emulator, url } = await start(t, { timeoutMs: 100 });
  const reader = new HttpReader(url);
  await next(emulator);

  assert.equal((await reader.all()).status, 502);
});

const BROKEN: readonly (readonly [unknown, RegExp])[] = [
  [{ statusCode: 'abc' }, /response .*: statusCode is "abc", it accepts a whole number/],
  [{ statusCode: 99 }, /statusCode is 99/],
  [{ statusCode: 200, headers: 'x' }, /headers is "x", it accepts an object of strings/],
  [{ statusCode: 200, headers: { a: {} } }, /the header "a" is {}, it accepts a string/],
  [{ statusCode: 200, headers: { 'a b': '1' } }, /headers: .*"a b"/],
  [{ statusCode: 200, headers: { a: '1\r\nb: 2' } }, /headers: .*"a"/],
  [{ statusCode: 200, cookies: 'a=1' }, /cookies is "a=1", it accepts a list of strings/],
  [{ statusCode: 200, cookies: ['a\n'] }, /cookies: /],
  [{ statusCode: 200, body: { a: 1 } }, /body is of the type object, it accepts a string/],
  [Buffer.from('<html>'), /response of the function for HTTP: it is not JSON/],
];

for (const [answer, reason] of BROKEN) {
  test(`${JSON.stringify(answer)} is 502, and the log says what is wrong`, async (t) => {
    const scene = await start(t);

    const { status, text, event } = await call(scene, answer);

    assert.deepEqual([status, text], [502, 'Internal Server Error']);
    const entry = scene.log.find(({ line }) => line.includes('Cannot use the response'));
    assert.match(entry?.line ?? '', reason);
    assert.equal(entry?.requestId, event.requestContext['requestId']);
  });
}

test('a request over the limit is 413, one that nobody can take 429', async (t) => {
  const { emulator, url } = await start(t, { queueLength: 0 });
  const body = Buffer.alloc(PAYLOAD_BYTES_MAX + 1, 'x');

  const large = await new HttpReader(url, { method: 'POST', body }).all();
  void emulator.invoke();
  const tooMany = await new HttpReader(url).all();

  assert.deepEqual([large.status, tooMany.status], [413, 429]);
  assert.match(JSON.parse(large.text).Message, /must be smaller than 6291556 bytes/);
  assert.equal(JSON.parse(tooMany.text).Message, 'Rate Exceeded.');
});

test('a request whose bytes make an event over the limit is 413', async (t) => {
  const { emulator, url } = await start(t);
  const body = Buffer.alloc(PAYLOAD_BYTES_MAX * 0.75, 0xff);

  const { status } = await new HttpReader(url, { method: 'POST', body }).all();

  assert.equal(status, 413);
  assert.equal(emulator.openInvocationCount, 0);
});

test('what a request does not have is not in its event', async (t) => {
  const scene = await start(t);
  const { event } = await call(scene, { statusCode: 200, body: '1' }, { path: 'one' });
  const second = await call(scene, { statusCode: 200, body: '2' }, { path: 'two?' });

  assert.deepEqual([event['rawPath'], second.event['rawPath']], ['/one', '/two']);
  assert.equal(second.event['queryStringParameters'], undefined);
  assert.equal(second.event['cookies'], undefined);
  assert.ok(!('body' in second.event));
});

test('without a port there is no Function URL; a port in use names the option', async (t) => {
  const emulator = await startBare(t);
  assert.equal(emulator.functionUrl, undefined);

  const port = Number(new URL(emulator.url).port);
  await assert.rejects(Emulator.start({ functionUrlPort: port, onLog: () => {} }), {
    code: 'EADDRINUSE',
    message: /the port is in use; .* set "functionUrlPort" to another port/,
  });
});
