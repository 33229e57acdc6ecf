// The loop: polls, answers, what comes back for them, what is left behind (rows A4).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { checkAnsweredOnce, fails, returns } from '../table/expect.ts';
import { NEXT } from '../table/scripted-api.ts';

const two = [{ body: '{"n":1}' }, { body: '{"n":2}' }] as const;
const COUNT = 'async (event) => event.n';
const wire = (text: string): string => Buffer.from(text).toString('latin1');

const order: readonly ConformanceCase[] = [
  {
    rows: ['A4.1', 'A6.19'],
    stance: 'M',
    says: 'each event is answered once, and the next is asked for after its answer',
    code: COUNT,
    isAlone: true,
    events: two,
    check: (run) => {
      assert.deepEqual(
        run.facts.requests.map(({ method, path }) => `${method} ${path.split('/runtime/')[1]}`),
        [
          'GET invocation/next',
          'POST invocation/c0-0/response',
          'GET invocation/next',
          'POST invocation/c0-1/response',
          'GET invocation/next',
        ],
      );
    },
  },
  {
    rows: ['A4.7'],
    stance: 'M',
    says: 'work that is pending does not hold the answer up, and goes on in later invocations',
    code: `async (event) => {
      if (event.n === 1) setTimeout(() => { globalThis.isDone = true; console.log('done'); }, 50);
      return globalThis.isDone ?? false;
    }`,
    isAlone: true,
    events: [two[0], { ...two[1], after: /done/ }],
    check: returns(false, true),
  },
  {
    rows: ['A4.7'],
    stance: 'B',
    says: 'work that is left behind is told in one line',
    code: 'async () => { setTimeout(() => {}, 60_000); return 1; }',
    kinds: ['esm'],
    until: /still pending/,
    referenceMs: 1500,
    tell: (run) => run.lines[0] ?? 'nothing is told',
    check: (run) => {
      assert.deepEqual(
        run.logged('WARN').map((line) => line.replace(/;.*/, '')),
        ['1 Timeout is still pending after the answer'],
      );
    },
  },
  {
    rows: ['A4.8', 'A6.14'],
    stance: 'B',
    says: 'a promise that nothing can settle is answered, and the next event is served',
    code: 'async (event) => event.n ?? (await new Promise(() => {}))',
    isAlone: true,
    events: [{}, two[0]],
    check: (run) => {
      fails({ errorType: 'Runtime.NodeJsExit', errorMessage: /can never settle/ })(run);
      assert.equal(run.result(1), 1);
    },
  },
  ...(
    [
      ['a space', 'a b', 'a%20b'],
      ['a hash', 'a#b', 'a%23b'],
      ['a slash', 'a/b', 'a%2Fb'],
      ['a percent sign', 'a%20b', 'a%2520b'],
      ['a question mark', 'a?b', 'a%3Fb'],
      ['a character beyond ASCII', wire('⚡'), '%E2%9A%A1'],
    ] as const
  ).map(
    ([what, id, path]): ConformanceCase => ({
      rows: ['A4.11'],
      stance: 'M',
      says: `${what} in a request id is escaped in the path`,
      code: 'async (event) => event',
      kinds: ['esm'],
      events: [{ headers: { 'Lambda-Runtime-Aws-Request-Id': id } }],
      check: (run) => assert.equal(run.answer().requestId, path),
    }),
  ),
  {
    rows: ['A4.11'],
    stance: 'B',
    says: 'a request id of two dots is answered under its own path',
    code: 'async (event) => event',
    kinds: ['esm'],
    events: [{ headers: { 'Lambda-Runtime-Aws-Request-Id': '..' } }],
    tell: (run) => `posts to ${run.facts.requests.find(({ method }) => method === 'POST')?.path}`,
    check: (run) => assert.equal(run.answer().requestId, '..'),
  },
];

/** The platform refuses the first answer. */
const refused = (status: number, errorType: string): ConformanceCase => ({
  rows: ['A4.12'],
  stance: 'B',
  says: `an answer that is refused with ${status} costs its event only, and is told in one line`,
  code: COUNT,
  kinds: ['esm'],
  events: two,
  posts: [{ status, body: JSON.stringify({ errorType, errorMessage: 'refused' }) }],
  tell: (run) => `${run.answers.length} answers; stdout: ${run.lines[0] ?? 'nothing'}`,
  check: (run) => {
    checkAnsweredOnce(run);
    assert.equal(run.facts.end, 'parked', run.text);
    assert.match(run.facts.stderr, new RegExp(`"request_id":"c0-0".*${status}|${status}.*"c0-0"`));
    assert.equal(run.facts.stdout, '');
  },
});

/** The platform says that it and the runtime disagree, or that it is at its end. */
const over = (status: number, errorType: string): ConformanceCase => ({
  rows: ['A4.12'],
  stance: 'B',
  says: `${status} as the reply to an answer ends the process with 1 and a line that says why`,
  code: COUNT,
  kinds: ['esm'],
  events: two,
  posts: [{ status, body: JSON.stringify({ errorType, errorMessage: 'refused' }) }],
  tell: (run) => `${run.answers.length} answers; stdout: ${run.lines[0] ?? 'nothing'}`,
  check: (run) => {
    assert.deepEqual([run.facts.end, run.facts.exitCode], ['itself', 1], run.text);
    assert.match(run.facts.stderr, new RegExp(`${status} .*${errorType}`));
  },
});

const replies: readonly ConformanceCase[] = [
  refused(400, 'InvalidRequestID'),
  refused(410, 'InvokeTimeout'),
  refused(413, 'RequestEntityTooLarge'),
  over(403, 'InvalidStateTransition'),
  over(500, 'InternalServerError'),
  {
    rows: ['A4.13'],
    stance: 'B',
    says: 'the thread of the handler goes on while its answer is on the way',
    code: `async () => { setTimeout(() => console.log('goes on'), 20); return 1; }`,
    kinds: ['esm'],
    posts: [{ status: 202, after: /goes on/ }],
    referenceMs: 2500,
    check: returns(1),
  },
  {
    rows: ['A4.15'],
    stance: 'B',
    says: 'a poll whose connection is lost is repeated',
    code: COUNT,
    kinds: ['esm'],
    events: [{ resets: true }, { body: '{"n":2}' }],
    tell: (run) => `ends with ${run.facts.exitCode ?? run.facts.signal} after ${run.polls} poll`,
    check: returns(2),
  },
  ...([403, 500] as const).map(
    (status): ConformanceCase => ({
      rows: ['A4.15'],
      stance: 'M',
      says: `a poll that is answered with ${status} ends the process with 1`,
      code: COUNT,
      kinds: ['esm'],
      events: [{ status, body: '{"errorType":"x","errorMessage":"y"}' }],
      check: (run) => {
        assert.deepEqual([run.facts.end, run.facts.exitCode], ['itself', 1], run.text);
        assert.deepEqual(run.answers, []);
      },
    }),
  ),
  {
    rows: ['A4.16'],
    stance: 'D',
    says: 'the runtime says its own name and version',
    code: COUNT,
    kinds: ['esm'],
    isAlone: true,
    tell: (run) => userAgent(run.facts.requests),
    check: (run) => assert.match(userAgent(run.facts.requests), /^lambda-bulkhead\/\d+\.\d+\.\d+$/),
  },
];

function userAgent(requests: readonly { path: string; rawHeaders: readonly string[] }[]): string {
  const poll = requests.find(({ path }) => path === NEXT)?.rawHeaders ?? [];
  const at = poll.findIndex((name) => name.toLowerCase() === 'user-agent');
  return at < 0 ? 'none' : (poll[at + 1] ?? '');
}

export const loopCases: readonly ConformanceCase[] = [...order, ...replies];
