// A Function URL and functions that stream: what is seen of a response while it is written.
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';

import type { Emulator, LogEntry } from '../../src/emulator/emulator.ts';
import { until } from '../support/until.ts';
import { type HttpCall, HttpReader } from '../unit/emulator/support/http-reader.ts';
import { answerPath, idOf, next, post, startBare } from '../unit/emulator/support/raw-runtime.ts';
import { PRELUDE_TYPE, StreamedAnswer } from '../unit/emulator/support/streamed-answer.ts';

const NULS = '\0'.repeat(8);
const HEAD = { statusCode: 201, headers: { 'X-A': '1' }, cookies: ['a=1', 'b=2'] };
const PRELUDE: string = JSON.stringify(HEAD) + NULS;

type Scene = {
  readonly emulator: Emulator;
  readonly log: LogEntry[];
  readonly url: string;
  readonly reader: HttpReader;
  readonly answer: StreamedAnswer;
};

async function begin(t: TestContext, contentType?: string, http?: HttpCall): Promise<Scene> {
  const log: LogEntry[] = [];
  const emulator = await startBare(t, { functionUrlPort: 0, onLog: (entry) => log.push(entry) });
  const url = String(emulator.functionUrl);
  const reader = new HttpReader(url, http);
  const answer = new StreamedAnswer(emulator, idOf(await next(emulator)), contentType);
  return { emulator, log, url, reader, answer };
}

test('after the prelude the pieces are seen as they are written', async (t) => {
  const { reader, answer } = await begin(t, PRELUDE_TYPE);

  await answer.write(PRELUDE);
  const { statusCode, headers } = await reader.head;
  for (const piece of ['one', 'two', 'three']) {
    await answer.write(piece);
    assert.equal(await reader.piece(), piece);
  }
  assert.equal((await answer.end()).status, 202);

  assert.equal(await reader.piece(), undefined);
  assert.equal(statusCode, 201);
  assert.equal(headers['x-a'], '1');
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
  assert.equal(headers['content-type'], 'application/octet-stream');
  assert.equal(headers['transfer-encoding'], 'chunked');
});

test('a prelude with nothing behind it is a response without a body', async (t) => {
  const { reader, answer } = await begin(t, `${PRELUDE_TYPE}; charset=utf-8`);
  await answer.end(`{"statusCode":302,"headers":{"location":"/there"}}${NULS}`);

  const { status, headers, text } = await reader.all();

  assert.deepEqual([status, headers.location, text], [302, '/there', '']);
});

test('without a prelude the stream is the body, with its content type', async (t) => {
  const { reader, answer } = await begin(t, 'text/event-stream');

  await answer.write('data: 1\n\n');
  assert.equal(await reader.piece(), 'data: 1\n\n');
  await answer.end();

  const { status, headers } = await reader.all();
  assert.deepEqual([status, headers['content-type']], [200, 'text/event-stream']);
});

test('a stream of nothing is an empty response', async (t) => {
  const { reader, answer } = await begin(t);
  await answer.end();

  const { status, headers, text } = await reader.all();

  assert.deepEqual([status, text], [200, '']);
  assert.equal(headers['content-type'], 'application/octet-stream');
});

const BROKEN: readonly (readonly [string, RegExp])[] = [
  ['', /prelude of .*: the response has ended without it; .*8 NUL bytes, as HttpResponseStream/],
  ['{}', /ended within it, 8 of its 8 NUL bytes are missing/],
  [`{}${'\0'.repeat(5)}`, /ended within it, 3 of its 8 NUL bytes are missing/],
  [`{}\0\0body`, /2 NUL bytes follow its JSON, 8 have to/],
  [`{"statusCode":20${NULS}`, /JSON/],
  [`[]${NULS}`, /its JSON is not an object/],
  [`{"statusCode":1}${NULS}`, /statusCode is 1, it accepts/],
  ['x'.repeat(70_000), /no NUL byte within the first 65536 bytes/],
];

for (const [body, reason] of BROKEN) {
  test(`the prelude ${JSON.stringify(body.slice(0, 40))} is 502, and the log says why`, async (t) => {
    const { reader, answer, log } = await begin(t, PRELUDE_TYPE);

    const reply = await answer.end(body);
    const { status, text } = await reader.all();

    assert.deepEqual([reply.status, status, text], [202, 502, 'Internal Server Error']);
    const line = log.find((entry) => entry.line.includes('Cannot use the prelude'))?.line;
    assert.match(line ?? '', reason);
  });
}

test('what follows a broken prelude is taken and dropped', async (t) => {
  const { reader, answer } = await begin(t, PRELUDE_TYPE);

  await answer.write('\0{}');
  assert.equal((await reader.all()).status, 502);
  await answer.write(Buffer.alloc(1_000_000, 'x'));

  assert.equal((await answer.end()).status, 202);
});

test('an error in the middle tears the response', async (t) => {
  const { reader, answer, log } = await begin(t, PRELUDE_TYPE);
  await answer.write(`${PRELUDE}one`);
  assert.equal(await reader.piece(), 'one');

  const reply = await answer.fail('Function.Late', '{"errorMessage":"no more"}');

  await assert.rejects(reader.piece(), { code: 'ECONNRESET' });
  assert.equal(reply.status, 202);
  assert.ok(log.some(({ line }) => /broke off .*: Function\.Late \{"errorMes.*no more/.test(line)));
});

test('an error before the first byte is 502', async (t) => {
  for (const contentType of [PRELUDE_TYPE, 'text/plain']) {
    const { reader, answer } = await begin(t, contentType);
    await answer.fail('Function.Late', '{}');
    assert.equal((await reader.all()).status, 502);
  }
});

test('a reader that leaves closes the connection of the runtime', async (t) => {
  const { emulator, url, reader, answer } = await begin(t, 'text/plain');
  await answer.write('one');
  await reader.piece();

  reader.request.destroy();

  await assert.rejects(answer.reply, { code: 'ECONNRESET' });
  const second = new HttpReader(url);
  await post(emulator, answerPath(idOf(await next(emulator))), { body: '2' });
  assert.equal((await second.all()).text, '2');
});

test('a reader that leaves before the prelude is not taken for a broken prelude', async (t) => {
  const { emulator, reader, answer, log } = await begin(t, PRELUDE_TYPE);
  reader.request.destroy();

  await assert.rejects(answer.reply, { code: 'ECONNRESET' });
  void emulator.invoke();
  await next(emulator);

  const remarks = log.filter(({ line }) => / The caller has left|Cannot use/.test(line));
  assert.deepEqual(
    remarks.map(({ line }) => line.replace(/^RequestId: \S+ /, '')),
    ['The caller has left: the response stream was ended'],
  );
});

test('a HEAD request gets the head of a stream', async (t) => {
  const { reader, answer } = await begin(t, PRELUDE_TYPE, { method: 'HEAD' });
  await answer.end(`${PRELUDE}body`);

  const { status, text } = await reader.all();

  assert.deepEqual([status, text], [201, '']);
});

const CURL = spawnSync('curl', ['--version']).status === 0;

test('curl -N shows each piece when it is written', {
  skip: CURL ? false : 'there is no curl on this machine',
}, async (t) => {
  const emulator = await startBare(t, { functionUrlPort: 0 });
  const curl = spawn('curl', ['-sN', String(emulator.functionUrl)]);
  t.after(() => curl.kill('SIGKILL'));
  let seen = '';
  curl.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
  });
  const ended = new Promise((resolve) => curl.on('close', resolve));
  const answer = new StreamedAnswer(emulator, idOf(await next(emulator)), PRELUDE_TYPE);
  await answer.write(PRELUDE);

  for (const expected of ['one', 'onetwo', 'onetwothree']) {
    await answer.write(expected.replace(seen, ''));
    await until(t, () => seen === expected);
  }
  await answer.end();

  assert.equal(await ended, 0);
});

test('curl tells that a torn response is torn', {
  skip: CURL ? false : 'there is no curl on this machine',
}, async (t) => {
  const emulator = await startBare(t, { functionUrlPort: 0 });
  const run = promisify(execFile)('curl', ['-sN', String(emulator.functionUrl)]);
  run.catch(() => {});
  const answer = new StreamedAnswer(emulator, idOf(await next(emulator)));
  await answer.write('one');
  await answer.fail('Function.Late', '{}');

  // "Transferred a partial file."
  await assert.rejects(run, { code: 18, stdout: 'one' });
});
