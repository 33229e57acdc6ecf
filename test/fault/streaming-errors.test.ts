// Streams that fail: before the first byte it is an error like any other, after it there are
// trailers (rows A8.10 to A8.19).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMS, type StreamFunction, startStreams, textOf } from '../support/stream-function.ts';
import { type Answer, type Read, trailingError } from '../support/stream-server.ts';

type Told = { readonly errorType: string; readonly errorMessage: string };

/** What comes behind the body, or instead of one. */
type Expected = {
  readonly type: string;
  readonly header?: string;
  readonly message: RegExp;
  readonly timeoutMs?: number;
};

function check(answer: Answer, text: string | undefined, expected: Expected): void {
  const isBegun = text !== undefined;
  const told = (isBegun ? trailingError(answer) : JSON.parse(answer.text)) as Told | undefined;
  assert.equal(answer.endpoint, isBegun ? 'response' : 'error');
  assert.ok(answer.isWhole);
  if (isBegun) assert.equal(textOf(answer), text);
  assert.equal(told?.errorType, expected.type);
  assert.match(told?.errorMessage ?? '', expected.message);
  const headers = isBegun ? answer.trailers : answer.headers;
  const header = expected.header ?? (isBegun ? expected.type : `Function.${expected.type}`);
  assert.equal(headers['lambda-runtime-function-error-type'], header);
}

/** It serves on, and no poll has overtaken an answer. */
async function checkServes({ api }: StreamFunction): Promise<void> {
  assert.equal(textOf(await api.invoke({ way: 'text' })), 'abé');
  assert.deepEqual(api.overlaps, []);
}

/** Each with nothing written before it, and with something. */
const WAYS: readonly (readonly [way: string, expected: Expected])[] = [
  ['throws', { type: 'TypeError', message: /^no$/ }],
  ['unfinished', { type: 'Error', message: /^Response stream is not finished\.$/ }],
  [
    'never-settles',
    { type: 'Runtime.NodeJsExit', header: 'Runtime.NodeJsExit', message: /can never settle/ },
  ],
  [
    'waits',
    {
      type: 'Sandbox.Timedout',
      header: 'Function.Timeout',
      message: /^RequestId: r-\d Error: Task timed out after 1\.\d\d seconds$/,
      timeoutMs: 1500,
    },
  ],
  [
    'spins',
    {
      type: 'Sandbox.Timedout',
      header: 'Function.Timeout',
      message: /timed out/,
      timeoutMs: 1500,
    },
  ],
  ['exits', { type: 'Runtime.ExitError', header: 'Runtime.ExitError', message: /exit status 7$/ }],
];

for (const [way, expected] of WAYS) {
  test(`${way}: an error, or trailers behind what has gone out`, async (t) => {
    const started = await startStreams(t);
    const { api } = started;
    const { timeoutMs = 20_000 } = expected;
    check(await api.invoke({ way }, { timeoutMs }), undefined, expected);
    const begun = await api.invoke({ way, text: 'x' }, { timeoutMs });
    check(begun, way === 'throws' ? 'xx' : 'x', expected);
    await checkServes(started);
  });
}

for (const form of FORMS) {
  test(`${form}: what fails behind the prelude's order but before a write has no body`, async (t) => {
    const started = await startStreams(t, form);
    const answer = await started.api.invoke({ way: 'prelude-throws' });
    check(answer, undefined, { type: 'TypeError', message: /before the first byte/ });
    await checkServes(started);
  });
}

test('what was written before the error goes out before it', async (t) => {
  const started = await startStreams(t);
  const corked = await started.api.invoke({ way: 'throws-corked' });
  check(corked, 'kept', { type: 'RangeError', message: /^no$/ });
  const whole = await started.api.invoke({ way: 'throws-after-end' });
  assert.equal(whole.text, 'whole');
  assert.ok(whole.isWhole);
  assert.deepEqual({ ...whole.trailers }, {}, 'the stream has had its end');
  await started.child.until(({ stdout }) => stdout.split('\tInvoke Error').length === 3);
  await checkServes(started);
});

test('a name that no trailer can carry is replaced there, and whole in the body', async (t) => {
  const started = await startStreams(t);
  for (const name of ['a\nb', 'エラー', 'x'.repeat(500)]) {
    const answer = await started.api.invoke({ way: 'throws', text: 'x', name });
    check(answer, 'xx', { type: name, header: 'Function.Unknown', message: /^no$/ });
  }
  await checkServes(started);
});

test('trailers stay below the 4 KiB that the platform takes', async (t) => {
  const started = await startStreams(t);
  const answer = await started.api.invoke({ way: 'throws-large' });
  check(answer, 'x', { type: 'Error', message: /^m+ \.\.\. \(cut: \d+ of 100000 characters\)$/ });
  const wire = Object.entries(answer.trailers).map(([name, value]) => `${name}: ${value}\r\n`);
  assert.ok(wire.join('').length + 2 <= 4096, `${wire.join('').length} bytes`);
});

test('a stream that its handler destroys is an error, and a late write one of its own', async (t) => {
  const started = await startStreams(t);
  const destroyed = await started.api.invoke({ way: 'destroys' });
  check(destroyed, 'x', { type: 'RangeError', message: /^no$/ });
  const late = await started.api.invoke({ way: 'writes-after-end' });
  check(late, 'x', { type: 'Error', message: /write after end/ });
  await checkServes(started);
});

test('an exception beside the handler ends the stream with it', async (t) => {
  const started = await startStreams(t);
  const answer = await started.api.invoke({ way: 'throws-in-timer' });
  const header = 'Function.UncaughtException';
  check(answer, 'x', { type: 'Error', header, message: /^in a timer$/ });
  await checkServes(started);
});

test('a handler that goes on after the end keeps its answer, and meets its deadline', async (t) => {
  const started = await startStreams(t);
  const answer = await started.api.invoke({ way: 'waits-after-end' }, { timeoutMs: 1500 });
  assert.equal(answer.text, 'whole');
  assert.ok(answer.endedAtMs - answer.beganAtMs < 1000, 'nobody waits for the handler');
  await started.child.until(({ events }) => events.some(isTimeout));
  const event = started.child.events.find(isTimeout);
  assert.equal(event?.['streamed_bytes'], 5);
  await checkServes(started);
});

function isTimeout({ event }: Record<string, unknown>): boolean {
  return event === 'invocation_timeout';
}

for (const text of [undefined, 'x']) {
  test(`a drain ends ${text === undefined ? 'what has not begun' : 'a stream'}`, async (t) => {
    const { api, child } = await startStreams(t);
    await api.invoke({ way: 'text' });
    const answered = api.invoke({ way: 'waits', text });
    await child.until(({ stdout }) => stdout.includes('it waits'));
    child.child.kill('SIGTERM');
    const header = 'Runtime.Shutdown';
    check(await answered, text, { type: header, header, message: /shutting down/ });
    assert.equal((await child.ended).exitCode, 0);
  });
}

test('a write after the invocation is over reaches nobody', async (t) => {
  const started = await startStreams(t);
  assert.equal((await started.api.invoke({ way: 'late' })).text, 'in time');
  const failed = await started.api.invoke({ way: 'late-unended' });
  check(failed, 'x', { type: 'RangeError', message: /^no$/ });
  const report = JSON.parse(textOf(await started.api.invoke({ way: 'report', afterMs: 50 })));
  assert.deepEqual(report, ['late false', 'late false']);
  await checkServes(started);
});

test('on the main thread streams fail as they do in a worker', async (t) => {
  const started = await startStreams(t, FORMS[0], { BULKHEAD_ISOLATION: 'none' });
  const expected = { type: 'TypeError', message: /^no$/ };
  check(await started.api.invoke({ way: 'throws' }), undefined, expected);
  check(await started.api.invoke({ way: 'throws', text: 'x' }), 'xx', expected);
  const read: Read = (request) => request.once('data', () => request.socket.destroy());
  await started.api.invoke({ way: 'unwatched' }, { read });
  await checkServes(started);
});
