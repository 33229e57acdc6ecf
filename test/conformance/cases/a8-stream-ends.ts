// How a streamed answer ends: well, without an end, in an error, with nobody listening (rows A8).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { checkAnsweredOnce } from '../table/expect.ts';
import type { ErrorBody, Run } from '../table/observed-run.ts';

const NEEDS = { needs: 'streaming', isAlone: true } as const;
const ERROR_TYPE = 'lambda-runtime-function-error-type';
const ERROR_BODY = 'lambda-runtime-function-error-body';

/** Fails for an event without `n`; `n` is the whole answer of the next one. */
const failing = (body: string, head = 'async'): string =>
  `awslambda.streamifyResponse(${head} (event, stream, context) => {
    if (event.n) return stream.end(String(event.n)), Promise.resolve();
    ${body}
  })`;
const SECOND = [{}, { body: '{"n":2}' }] as const;

function trailers(run: Run): { readonly type: string | undefined; readonly error: ErrorBody } {
  const answer = run.answer();
  assert.equal(answer.kind, 'response', `${answer.text}\n${run.text}`);
  const body = answer.trailer(ERROR_BODY);
  assert.ok(body !== undefined, `no trailers: ${run.text}`);
  const error = JSON.parse(Buffer.from(body, 'base64').toString('utf8')) as ErrorBody;
  return { type: answer.trailer(ERROR_TYPE), error };
}

function servesOn(run: Run): void {
  checkAnsweredOnce(run);
  assert.equal(run.answer(1).text, '2', run.text);
  assert.equal(run.facts.end, 'parked', run.text);
}

const tell = (run: Run): string => {
  const [first, second] = run.answers;
  const trailer = first?.trailer(ERROR_TYPE);
  return [
    first === undefined ? 'no answer' : `body ${JSON.stringify(first.text.slice(0, 40))}`,
    `trailer ${trailer ?? 'none'}`,
    second === undefined ? 'the next event is not served' : 'the next event is served',
    run.facts.end === 'itself' ? `ends with ${run.facts.exitCode ?? run.facts.signal}` : '',
  ]
    .filter((part) => part !== '')
    .join('; ');
};

export const streamEndCases: readonly ConformanceCase[] = [
  {
    ...NEEDS,
    rows: ['A8.10'],
    stance: 'M',
    says: 'what a streaming handler returns is ignored, with a warning',
    code: "awslambda.streamifyResponse(async (event, stream) => { stream.end('x'); return 1; })",
    check: (run) => {
      assert.equal(run.answer().text, 'x');
      assert.deepEqual(run.logged('WARN'), ['Streaming handlers ignore return values.']);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.11'],
    stance: 'B',
    says: 'a handler that is done without an end of the stream is an error at once',
    code: failing("stream.write('half');"),
    events: SECOND,
    referenceMs: 2500,
    tell,
    check: (run) => {
      assert.equal(run.answer().text, 'half');
      assert.equal(trailers(run).error.errorMessage, 'Response stream is not finished.');
      servesOn(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.12', 'A8.13'],
    stance: 'B',
    says: 'a handler that is not async is an error, with the reference client’s words',
    code: failing('', ''),
    events: SECOND,
    tell,
    check: (run) => {
      const { errorType, errorMessage } = run.error();
      assert.deepEqual(
        [errorType, errorMessage],
        ['Error', 'Streaming does not support non-async handlers.'],
      );
      servesOn(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.13', 'A8.19'],
    stance: 'M',
    says: 'an error behind the first byte is in the trailers',
    code: `awslambda.streamifyResponse(async (event, stream) => {
      stream.write('half');
      throw new RangeError('no');
    })`,
    check: (run) => {
      const { type, error } = trailers(run);
      assert.equal(run.answer().text, 'half');
      assert.match(type ?? '', /RangeError$/);
      assert.deepEqual([error.errorType, error.errorMessage], ['RangeError', 'no']);
      assert.match(run.logged('ERROR')[0] ?? '', /^Invoke Error \t\{"errorType":"RangeError"/);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.13', 'A8.14'],
    stance: 'B',
    says: 'behind such an error the next event is served',
    code: failing("stream.write('half'); throw new RangeError('no');"),
    events: SECOND,
    tell,
    check: (run) => {
      assert.equal(trailers(run).error.errorType, 'RangeError');
      servesOn(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.13'],
    stance: 'B',
    says: 'an error before the first byte is an error like any other',
    code: failing("throw new RangeError('no');"),
    events: SECOND,
    tell,
    check: (run) => {
      assert.equal(run.error().errorType, 'RangeError');
      servesOn(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.14'],
    stance: 'B',
    says: 'an error whose name no trailer can carry is told all the same',
    code: failing(
      "stream.write('half'); throw Object.assign(new Error('no'), { name: 'エラー\\n' });",
    ),
    events: SECOND,
    tell,
    check: (run) => {
      const { type, error } = trailers(run);
      assert.match(type ?? '', /^[!-~]+$/);
      assert.equal(error.errorType, 'エラー\n');
      servesOn(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.13', 'A6.16'],
    stance: 'B',
    says: 'a thread that dies in the middle of a stream ends it in trailers',
    code: failing(
      "stream.write('half'); await new Promise((resolve) => setTimeout(resolve, 20)); process.exit(7);",
    ),
    events: SECOND,
    tell,
    check: (run) => {
      assert.equal(trailers(run).error.errorType, 'Runtime.ExitError');
      servesOn(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.17'],
    stance: 'M',
    says: 'a streamed answer does not wait for what is pending',
    code: `awslambda.streamifyResponse(async (event, stream) => {
      setTimeout(() => {}, 60_000);
      stream.end('x');
    })`,
    events: [{}, {}],
    check: (run) => {
      assert.deepEqual(
        run.answers.map(({ text }) => text),
        ['x', 'x'],
      );
      checkAnsweredOnce(run);
    },
  },
  {
    ...NEEDS,
    rows: ['A8.15', 'A8.16'],
    stance: 'B',
    says: 'a platform that hangs up in the middle reaches the handler, and the next event is served',
    code: failing(`await new Promise((resolve) => {
        stream.on('error', resolve);
        stream.on('close', resolve);
        const timer = setInterval(() => stream.write('x'.repeat(1000)), 5);
        stream.on('close', () => clearInterval(timer));
        stream.on('error', () => clearInterval(timer));
      });
      console.log('noticed');`),
    events: SECOND,
    posts: [{ status: 0, resets: true }],
    referenceMs: 2500,
    tell,
    check: (run) => {
      assert.deepEqual(run.logged('INFO'), ['noticed'], run.text);
      assert.equal(run.answers.at(-1)?.text, '2', run.text);
    },
  },
];
