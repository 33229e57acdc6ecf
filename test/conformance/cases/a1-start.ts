// Start-up, environment, process shape (rows A1).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { failsInit, gives, returns } from '../table/expect.ts';
import type { Run } from '../table/observed-run.ts';

const ECHO = 'async (event) => event';
const KINDS = ['esm'] as const;
/** A folder of the function's that is not where the runtime is started. */
const IN_CODE = { 'code/index.mjs': "export const handler = async () => 'code';\n" };

/** It says why on stderr, asks for nothing and ends with an error. */
function refusesToStart(why: RegExp): (run: Run) => void {
  return (run) => {
    assert.equal(run.facts.end, 'itself', run.text);
    assert.ok((run.facts.exitCode ?? 0) > 0, run.text);
    assert.match(run.facts.stderr, why);
    assert.deepEqual(run.facts.requests, []);
  };
}

const start: readonly ConformanceCase[] = [
  {
    rows: ['A1.1', 'A1.2'],
    stance: 'B',
    says: 'a handler that is named on the command line alone is served',
    code: ECHO,
    kinds: KINDS,
    args: ['index.handler'],
    env: { _HANDLER: undefined },
    check: gives('{}'),
  },
  {
    rows: ['A1.2'],
    stance: 'B',
    says: 'an empty _HANDLER counts as none, and the command line names the handler',
    code: ECHO,
    kinds: KINDS,
    args: ['index.handler'],
    env: { _HANDLER: '' },
    check: gives('{}'),
  },
  {
    rows: ['A1.2'],
    stance: 'D',
    says: 'the command line wins over _HANDLER',
    files: {
      'one.mjs': "export const handler = async () => 'one';\n",
      'two.mjs': "export const handler = async () => 'two';\n",
    },
    args: ['one.handler'],
    env: { _HANDLER: 'two.handler' },
    check: gives('"one"'),
  },
  {
    rows: ['A1.3'],
    stance: 'M',
    says: 'the handler is found in the task root, wherever the process is started',
    files: IN_CODE,
    cwd: 'elsewhere',
    env: { LAMBDA_TASK_ROOT: '<task>/code' },
    check: gives('"code"'),
  },
  {
    rows: ['A1.3', 'A12.1'],
    stance: 'B',
    says: 'without LAMBDA_TASK_ROOT the working folder is the task root',
    files: IN_CODE,
    cwd: 'code',
    env: { LAMBDA_TASK_ROOT: undefined },
    check: gives('"code"'),
  },
  {
    rows: ['A1.3'],
    stance: 'B',
    says: 'a handler in the working folder is found although the task root is elsewhere',
    files: { ...IN_CODE, 'empty/readme.txt': '' },
    cwd: 'code',
    env: { LAMBDA_TASK_ROOT: '<task>/empty' },
    check: gives('"code"'),
  },
  ...['a:b', '1.2.3.4:080', '[::1]:9', '127.0.0.1', 'a:1:2', ':9001', 'host:65536'].map(
    (address): ConformanceCase => ({
      rows: ['A1.4'],
      stance: 'M',
      says: `the address "${address}" is refused, by its name`,
      code: ECHO,
      kinds: KINDS,
      env: { AWS_LAMBDA_RUNTIME_API: address },
      check: refusesToStart(new RegExp(address.replace(/[[\].]/g, '\\$&'))),
    }),
  ),
  ...[undefined, ''].map(
    (address): ConformanceCase => ({
      rows: ['A1.5'],
      stance: 'B',
      says: `an address that is ${address === '' ? 'empty' : 'not set'} ends it with what to do`,
      code: ECHO,
      kinds: KINDS,
      env: { AWS_LAMBDA_RUNTIME_API: address },
      check: refusesToStart(/AWS_LAMBDA_RUNTIME_API is not set.*\n?.*bulkhead dev/),
    }),
  ),
  {
    rows: ['A1.6'],
    stance: 'B',
    says: 'a start without a handler is reported where the Runtime API is known',
    code: ECHO,
    kinds: KINDS,
    env: { _HANDLER: undefined },
    check: (run) => {
      assert.equal(run.initError().errorType, 'Runtime.HandlerNotGiven');
      assert.equal(run.facts.end, 'itself', run.text);
      assert.ok((run.facts.exitCode ?? 0) > 0, run.text);
    },
  },
];

const VARIABLES = {
  AWS_LAMBDA_FUNCTION_NAME: 'functionName',
  AWS_LAMBDA_FUNCTION_VERSION: 'functionVersion',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: 'memoryLimitInMB',
  AWS_LAMBDA_LOG_GROUP_NAME: 'logGroupName',
  AWS_LAMBDA_LOG_STREAM_NAME: 'logStreamName',
} as const;

const environment: readonly ConformanceCase[] = [
  ...Object.entries(VARIABLES).map(
    ([variable, field]): ConformanceCase => ({
      rows: ['A1.8'],
      stance: 'D',
      says: `without ${variable} events are served, and context.${field} is undefined`,
      code: `async (_event, context) => [typeof context.${field}, '${field}' in context]`,
      kinds: KINDS,
      env: { [variable]: undefined },
      check: returns(['undefined', true]),
    }),
  ),
  {
    rows: ['A1.9', 'A9.1'],
    stance: 'M',
    says: 'the switch for another HTTP client changes nothing that is served',
    code: ECHO,
    kinds: KINDS,
    env: { AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true' },
    events: [{ body: '{"n":1}' }, { body: '{"n":2}' }],
    check: returns({ n: 1 }, { n: 2 }),
  },
  {
    rows: ['A1.10'],
    stance: 'M',
    says: 'the descriptor of the log frames is not in the environment of the handler',
    code: "async () => '_LAMBDA_TELEMETRY_LOG_FD' in process.env",
    kinds: KINDS,
    hasFrames: true,
    check: returns(false),
  },
  {
    rows: ['A1.11'],
    stance: 'D',
    says: 'AWS_LAMBDA_RUNTIME_VERBOSE adds nothing to the log of the handler',
    code: "async () => console.log('mine')",
    kinds: KINDS,
    env: { AWS_LAMBDA_RUNTIME_VERBOSE: '3' },
    tell: (run) => `${run.lines.length} lines, such as "${run.lines[0]}"`,
    check: (run) => {
      assert.deepEqual(run.logged('INFO'), ['mine']);
      assert.equal(run.lines.length, 1, run.text);
    },
  },
  ...['abc', '-1', '9'].map(
    (verbosity): ConformanceCase => ({
      rows: ['A1.11'],
      stance: 'M',
      says: `AWS_LAMBDA_RUNTIME_VERBOSE=${verbosity} does not keep it from serving`,
      code: ECHO,
      kinds: KINDS,
      env: { AWS_LAMBDA_RUNTIME_VERBOSE: verbosity },
      check: gives('{}'),
    }),
  ),
  {
    rows: ['A1.12', 'A2.8'],
    stance: 'M',
    says: 'require finds a package in a folder of NODE_PATH',
    files: {
      'layer/node_modules/layered/index.js': "exports.from = 'layer';\n",
      'index.js': "exports.handler = async () => require('layered').from;\n",
    },
    env: { NODE_PATH: '<task>/layer/node_modules' },
    check: gives('"layer"'),
  },
  {
    rows: ['A1.12'],
    stance: 'B',
    says: 'import finds a package in a folder of NODE_PATH',
    files: {
      'layer/node_modules/layered/index.js': "exports.from = 'layer';\n",
      'index.mjs': "import { from } from 'layered';\nexport const handler = async () => from;\n",
    },
    env: { NODE_PATH: '<task>/layer/node_modules' },
    check: gives('"layer"'),
  },
  {
    rows: ['A1.1'],
    stance: 'M',
    says: 'a handler that is not there is reported, and the process ends with 1',
    files: { 'readme.txt': '' },
    check: failsInit({ errorType: 'Runtime.ImportModuleError' }),
  },
];

export const startCases: readonly ConformanceCase[] = [...start, ...environment];
