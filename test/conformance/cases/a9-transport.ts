// Connections and what is sent on them (rows A9).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { returns } from '../table/expect.ts';

const COUNT = 'async (event) => event.n';
const events = (count: number) => Array.from({ length: count }, (_, n) => ({ body: `{"n":${n}}` }));
const NOWHERE = 'http://127.0.0.1:9';
const HTTP_CLIENT = { AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true' } as const;
/** Above Node's own limit for headers. */
const LARGE = JSON.stringify({ custom: 'x'.repeat(20_000) });

export const transportCases: readonly ConformanceCase[] = [
  {
    rows: ['A9.2'],
    stance: 'M',
    says: 'the proxies of the environment are none for the Runtime API',
    code: COUNT,
    kinds: ['esm'],
    env: {
      HTTP_PROXY: NOWHERE,
      http_proxy: NOWHERE,
      ALL_PROXY: NOWHERE,
      all_proxy: NOWHERE,
      NODE_USE_ENV_PROXY: '1',
    },
    events: events(2),
    check: returns(0, 1),
  },
  {
    rows: ['A9.2'],
    stance: 'M',
    says: 'requests are HTTP/1.1, and none expects to be asked to go on',
    code: "async () => 'x'.repeat(100_000)",
    kinds: ['esm'],
    isAlone: true,
    check: (run) => {
      const sent = Buffer.concat(run.facts.wire).toString('latin1');
      assert.match(sent, /^GET \/2018-06-01\/runtime\/invocation\/next HTTP\/1\.1\r\n/m);
      assert.match(sent, /^POST \/2018-06-01\/runtime\/invocation\/c0-0\/response HTTP\/1\.1\r\n/m);
      assert.doesNotMatch(sent, /^expect:/im);
      assert.equal(run.answer().header('content-length'), '100002');
    },
  },
  {
    rows: ['A9.3'],
    stance: 'D',
    says: 'ten events and their answers take one connection',
    code: COUNT,
    kinds: ['esm'],
    isAlone: true,
    events: events(10),
    tell: (run) => (run.facts.wire.length > 1 ? 'several connections' : 'one connection'),
    check: (run) => assert.equal(run.facts.wire.length, 1),
  },
  {
    rows: ['A9.4', 'T14'],
    stance: 'B',
    says: 'a handler that keeps every thread of the I/O pool busy does not hold up the next event',
    before: `const { open } = process.getBuiltinModule('node:fs');
      const { execFileSync } = process.getBuiltinModule('node:child_process');
      const pipe = process.env.LAMBDA_TASK_ROOT + '/pipe';
      execFileSync('mkfifo', [pipe]);`,
    code: `async (event) => {
      // Each waits in the pool for somebody who writes.
      for (let n = 0; n < 8; n += 1) open(pipe, 'r', () => {});
      return event.n;
    }`,
    kinds: ['esm'],
    events: events(2),
    referenceMs: 2500,
    check: returns(0, 1),
  },
  {
    rows: ['A9.6'],
    stance: 'B',
    says: 'a poll that is refused is no event, whatever the client',
    code: 'async (event) => event',
    kinds: ['esm'],
    env: HTTP_CLIENT,
    events: [{ status: 500, body: '{"errorType":"x","errorMessage":"y"}' }],
    check: (run) => {
      assert.deepEqual(run.answers, []);
      assert.deepEqual([run.facts.end, run.facts.exitCode], ['itself', 1], run.text);
      assert.match(run.facts.stderr, /500/);
    },
  },
  {
    rows: ['A9.7'],
    stance: 'M',
    says: 'a handler that replaces the functions of node:http and fetch sees none of the traffic',
    before: `const http = process.getBuiltinModule('node:http');
      const seen = [];
      for (const name of ['request', 'get']) http[name] = () => { seen.push(name); };
      globalThis.fetch = () => { seen.push('fetch'); };`,
    code: 'async () => seen',
    events: [{}, {}],
    check: returns([], []),
  },
  {
    rows: ['A9.9'],
    stance: 'M',
    says: 'a client context of 20 KB arrives',
    code: 'async (_event, { clientContext }) => clientContext.custom.length',
    kinds: ['esm'],
    isAlone: true,
    events: [{ headers: { 'Lambda-Runtime-Client-Context': LARGE } }],
    check: returns(20_000),
  },
  {
    rows: ['A9.9'],
    stance: 'B',
    says: 'also where another HTTP client is asked for',
    code: 'async (_event, { clientContext }) => clientContext.custom.length',
    kinds: ['esm'],
    env: HTTP_CLIENT,
    events: [{ headers: { 'Lambda-Runtime-Client-Context': LARGE } }],
    check: returns(20_000),
  },
];
