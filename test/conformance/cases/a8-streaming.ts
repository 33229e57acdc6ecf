// Response streaming: what is on the wire, and the stream that the handler gets (rows A8).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { checkAnsweredOnce, failsInit, gives } from '../table/expect.ts';
import type { Run } from '../table/observed-run.ts';

const NEEDS = { needs: 'streaming' } as const;
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const NULS = '\0'.repeat(8);

/** `(event, stream, context) => { … }`, marked. */
const streaming = (body: string, options = ''): string =>
  `awslambda.streamifyResponse(async (event, stream, context) => {\n${body}\n}${options})`;

/** What the handler has put into a list while it ran, as the whole body. */
const tells = (body: string): string =>
  streaming(`const told = []; ${body}; stream.end(JSON.stringify(told));`);

const gets =
  (...values: readonly unknown[]) =>
  (run: Run): void =>
    assert.deepEqual(JSON.parse(run.answer().text), values, run.text);

/** The bytes of the first answer, from its request line on. */
function wireOf(run: Run): string {
  const sent = Buffer.concat(run.facts.wire).toString('latin1');
  return sent.slice(sent.indexOf('POST /'));
}

const marks: readonly ConformanceCase[] = [
  {
    rows: ['A8.1'],
    stance: 'M',
    says: 'streamifyResponse marks and returns the same function',
    before: `const one = async () => {};
      const same = awslambda.streamifyResponse(one, { highWaterMark: 12.7 }) === one;
      const mark = Symbol.for('aws.lambda.runtime.handler.streaming');
      const size = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');`,
    code: 'async () => [same, one[mark], one[size]]',
    check: (run) => assert.deepEqual(run.result(), [true, 'response', 12]),
  },
  {
    ...NEEDS,
    rows: ['A8.1'],
    stance: 'M',
    says: 'a mark that is set by hand counts',
    before: "const mark = Symbol.for('aws.lambda.runtime.handler.streaming');",
    code: "Object.assign(async (event, stream) => { stream.end('by hand'); }, { [mark]: 'response' })",
    check: gives('by hand'),
  },
  {
    rows: ['A8.2', 'A6.14'],
    stance: 'M',
    says: 'a handler that is marked for anything else is refused',
    before: "const mark = Symbol.for('aws.lambda.runtime.handler.streaming');",
    code: "Object.assign(async () => {}, { [mark]: 'x' })",
    check: failsInit({
      errorType: 'Runtime.MalformedStreamingHandler',
      errorMessage: 'Only response streaming is supported.',
    }),
  },
];

const wire: readonly ConformanceCase[] = [
  {
    ...NEEDS,
    rows: ['A8.3'],
    stance: 'M',
    says: 'a streamed answer has its mode, its announced trailers and its type, and comes in chunks',
    code: streaming("stream.write('a'); stream.end('b');"),
    isAlone: true,
    check: (run) => {
      const answer = run.answer();
      assert.equal(answer.text, 'ab');
      assert.equal(answer.header('lambda-runtime-function-response-mode'), 'streaming');
      assert.equal(
        answer.header('trailer')?.toLowerCase(),
        'lambda-runtime-function-error-type, lambda-runtime-function-error-body',
      );
      assert.equal(answer.header('content-type'), 'application/octet-stream');
      assert.equal(answer.header('transfer-encoding'), 'chunked');
      assert.equal(answer.header('content-length'), undefined);
      assert.match(wireOf(run), /\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n/);
      checkAnsweredOnce(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.3'],
    stance: 'M',
    says: 'the first byte leaves when it is written, not when the handler has ended',
    code: streaming(`stream.write('first');
      await fetch('http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/test/first-piece');
      stream.end(', then the rest');`),
    isAlone: true,
    check: gives('first, then the rest'),
  },
  {
    ...NEEDS,
    rows: ['A8.3', 'A8.10'],
    stance: 'M',
    says: 'several events are streamed one after the other',
    code: streaming('stream.end(String(event.n));'),
    isAlone: true,
    events: [{ body: '{"n":1}' }, { body: '{"n":2}' }],
    check: (run) => {
      assert.deepEqual(
        run.answers.map(({ text }) => text),
        ['1', '2'],
      );
      checkAnsweredOnce(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.6'],
    stance: 'M',
    says: 'setContentType counts before the first write',
    code: streaming("stream.setContentType('text/plain'); stream.end('x');"),
    check: (run) => assert.equal(run.answer().header('content-type'), 'text/plain'),
  },
  {
    ...NEEDS,
    rows: ['A8.6', 'A6.14'],
    stance: 'M',
    says: 'setContentType behind the first write is refused, with the reference client’s words',
    code: streaming(`stream.write('x');
      try { stream.setContentType('text/plain'); } catch (error) {
        stream.end(error.name + ': ' + error.message);
      }`),
    check: gives('xRuntime.InvalidStreamingOperation: Cannot set content-type, too late.'),
  },
  {
    ...NEEDS,
    rows: ['A8.7'],
    stance: 'M',
    says: 'the prelude, eight NUL bytes and the body are what an HTTP integration gets',
    code: streaming(`const prelude = { statusCode: 201, headers: { a: 'b' }, cookies: ['c=d'] };
      const same = awslambda.HttpResponseStream.from(stream, prelude);
      stream.write(String(same === stream)); stream.end();`),
    check: (run) => {
      const prelude = '{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}';
      assert.equal(run.answer().text, `${prelude}${NULS}true`);
      assert.equal(run.answer().header('content-type'), PRELUDE_TYPE);
    },
  },
  ...(['', "'x'"] as const).map(
    (chunk): ConformanceCase => ({
      ...NEEDS,
      rows: ['A8.8'],
      stance: 'B',
      says: `the prelude is there when only end(${chunk}) is called`,
      code: streaming(`stream = awslambda.HttpResponseStream.from(stream, { statusCode: 204 });
        stream.end(${chunk});`),
      isAlone: true,
      tell: (run) => `body ${JSON.stringify(run.answers[0]?.text)}`,
      check: gives(`{"statusCode":204}${NULS}${chunk === '' ? '' : 'x'}`),
    }),
  ),
];

const stream: readonly ConformanceCase[] = [
  {
    ...NEEDS,
    rows: ['A8.4'],
    stance: 'B',
    says: 'the stream is a stream.Writable',
    code: tells("told.push(stream instanceof process.getBuiltinModule('node:stream').Writable)"),
    tell: (run) => run.answers[0]?.text ?? 'no answer',
    check: gets(true),
  },
  {
    ...NEEDS,
    rows: ['A8.4'],
    stance: 'M',
    says: 'the stream has the members of the reference client’s',
    code: tells(`for (const name of ['cork', 'destroy', 'end', 'uncork', 'write', 'on', 'once', 'off',
      'emit', 'listenerCount', 'setContentType']) told.push(typeof stream[name]);
      for (const name of ['destroyed', 'writableFinished', 'writableObjectMode', 'writableEnded',
        'writableNeedDrain', 'writableCorked', 'writableLength', 'writable']) told.push(stream[name])`),
    check: gets(...Array(11).fill('function'), false, false, false, false, false, 0, 0, true),
  },
  {
    ...NEEDS,
    rows: ['A8.4'],
    stance: 'M',
    says: 'pipeline() ends it',
    code: streaming(`const { Readable, promises } = process.getBuiltinModule('node:stream');
      await promises.pipeline(Readable.from(['a', 'b', 'c']), stream);`),
    check: gives('abc'),
  },
  {
    ...NEEDS,
    rows: ['A8.5'],
    stance: 'M',
    says: 'strings and bytes are written as they are, anything else as JSON',
    code: streaming(`stream.write('a'); stream.write(Buffer.from('b'));
      stream.write(new Uint8Array([99]));
      stream.write({ d: 1 }); stream.write([2]); stream.write(3); stream.end();`),
    check: gives('abc{"d":1}[2]3'),
  },
  {
    ...NEEDS,
    rows: ['A8.5'],
    stance: 'M',
    says: 'undefined cannot be written',
    code: tells(
      'try { stream.write(undefined); } catch (error) { told.push(error instanceof Error); }',
    ),
    check: gets(true),
  },
  {
    ...NEEDS,
    rows: ['A8.9'],
    stance: 'B',
    says: 'highWaterMark is that of the stream',
    code: streaming(
      'stream.end(String(stream.writableHighWaterMark));',
      ', { highWaterMark: 12345 }',
    ),
    tell: (run) => `writableHighWaterMark ${run.answers[0]?.text}`,
    check: gives('12345'),
  },
  {
    ...NEEDS,
    rows: ['A8.18'],
    stance: 'M',
    says: 'write() says when the reader is behind, and drain comes when it is not any more',
    code: streaming(`let waits = 0;
      for (let n = 0; n < 64; n += 1) {
        if (!stream.write(Buffer.alloc(65_536))) {
          waits += 1;
          await new Promise((resolve) => stream.once('drain', resolve));
        }
      }
      stream.end(waits > 0 ? 'waited' : 'never waited');`),
    isAlone: true,
    check: (run) => {
      assert.equal(run.answer().body.length, 64 * 65_536 + 6, run.text);
      assert.equal(run.answer().text.slice(-6), 'waited');
    },
  },
];

export const streamingCases: readonly ConformanceCase[] = [...marks, ...wire, ...stream];
