// An Init that fails is reported exactly once, with the reference client's names and texts, and
// ends the process.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { HANDLERS, RuntimeChild } from '../support/runtime-child.ts';

type Isolation = 'shared' | 'none';

type Row = {
  readonly what: string;
  readonly handler: string;
  readonly errorType: string;
  readonly headerType: string;
  readonly message: string | RegExp;
  /** First line of the trace that is not the error itself. */
  readonly frame?: RegExp;
  readonly only?: Isolation;
};

const lookedFor = ['', '.js', '.mjs', '.cjs'].map((end) => `- ${join(HANDLERS, `absent${end}`)}`);

function endlessAwait(file: string): string {
  return (
    'The handler module waits for a promise that can never settle (top-level await): nothing is ' +
    `pending in its thread that could settle it. It waits in ${join(HANDLERS, file)}`
  );
}

const rows: readonly Row[] = [
  {
    what: 'a file that is not there',
    handler: 'absent.handler',
    errorType: 'Runtime.ImportModuleError',
    headerType: 'Runtime.ImportModuleError',
    message: [
      "Error: Cannot find module 'absent'",
      'Looked for:',
      ...lookedFor,
      `- ${join(HANDLERS, 'node_modules', 'absent')}`,
    ].join('\n'),
  },
  {
    what: 'an export that is not there',
    handler: 'no-such-export.handler',
    errorType: 'Runtime.HandlerNotFound',
    headerType: 'Runtime.HandlerNotFound',
    message: 'no-such-export.handler is undefined or not exported',
  },
  {
    what: 'an export that is no function',
    handler: 'no-such-export.text',
    errorType: 'Runtime.HandlerNotFound',
    headerType: 'Runtime.HandlerNotFound',
    message: 'no-such-export.text is not a function',
  },
  {
    what: 'a top-level await that nothing can end',
    handler: 'loads-in-vain.handler',
    errorType: 'Runtime.NodeJsExit',
    headerType: 'Runtime.NodeJsExit',
    message: endlessAwait('loads-in-vain.mjs'),
  },
  {
    what: 'a top-level await that nothing can end, in a module that the handler imports',
    handler: 'waits-in-dependency.handler',
    errorType: 'Runtime.NodeJsExit',
    headerType: 'Runtime.NodeJsExit',
    message: endlessAwait('loads-in-vain.mjs'),
  },
  {
    what: 'an error with a name that no header can carry',
    handler: 'throws-odd-name.handler',
    errorType: 'エラー\n',
    headerType: 'Function.Unknown',
    message: 'broken',
  },
  {
    what: 'a file in TypeScript that nobody has asked for',
    handler: 'typed.handler',
    errorType: 'Runtime.ImportModuleError',
    headerType: 'Runtime.ImportModuleError',
    message: /\/typed\.ts is there: BULKHEAD_TYPESCRIPT=on has it loaded$/,
  },
  {
    what: 'a handler without an export name',
    handler: 'echo',
    errorType: 'Runtime.MalformedHandlerName',
    headerType: 'Runtime.MalformedHandlerName',
    message: 'Bad handler: "echo" is not FILE.EXPORT, such as "index.handler"',
  },
  {
    what: 'a syntax error',
    handler: 'syntax-error.handler',
    errorType: 'Runtime.UserCodeSyntaxError',
    headerType: 'Runtime.UserCodeSyntaxError',
    message: "SyntaxError: Unexpected token ';'",
  },
  {
    what: 'a module that throws while it is loaded',
    handler: 'throw-at-import.handler',
    errorType: 'RangeError',
    headerType: 'Function.RangeError',
    message: 'the module does not load',
    frame: /throw-at-import\.mjs:1:7/,
  },
  {
    what: 'process.exit() while the module is loaded',
    handler: 'exit-at-import.handler',
    errorType: 'Runtime.ExitError',
    headerType: 'Runtime.ExitError',
    message: 'Runtime exited with error: exit status 3',
    frame: /exit-at-import\.mjs:1:9/,
    only: 'shared',
  },
];

/** From start to end, ms: two Node starts, one post, on a busy machine. */
const LIFE_MS_MAX = 5000;

describe('a failed Init is reported once and ends the process:', { concurrency: 2 }, () => {
  for (const row of rows) {
    for (const isolation of ['shared', 'none'] as const) {
      if (row.only !== undefined && row.only !== isolation) continue;
      test(`${row.what}, isolation ${isolation}`, (context) => checkInit(context, row, isolation));
    }
  }
});

async function checkInit(context: TestContext, row: Row, isolation: Isolation): Promise<void> {
  const { emulator, child } = await start(context, row.handler, { BULKHEAD_ISOLATION: isolation });
  const { exitCode, endedAtMs } = await child.ended;

  assert.equal(exitCode, 1, child.text);
  assert.ok(endedAtMs - child.startedAtMs < LIFE_MS_MAX, 'in time');
  assert.deepEqual(
    emulator.exchanges.map(({ endpoint, status }) => `${endpoint} ${status}`),
    ['initError 202'],
  );
  const [posted] = emulator.exchanges;
  assert.equal(posted?.requestHeaders['lambda-runtime-function-error-type'], row.headerType);
  assert.equal(posted?.requestHeaders['content-type'], 'application/json');
  const { errorType, errorMessage, trace } = JSON.parse(String(posted?.requestBody));
  assert.equal(errorType, row.errorType);
  if (typeof row.message === 'string') assert.equal(errorMessage, row.message);
  else assert.match(errorMessage, row.message);
  assert.ok(Array.isArray(trace));
  if (row.frame !== undefined) assert.match(trace.join('\n'), row.frame);

  const stops = child.events.filter(({ event }) => event === 'stopped');
  assert.equal(stops.length, 1, child.text);
  assert.deepEqual([stops[0]?.['level'], stops[0]?.['reason']], ['FATAL', 'Init failed']);
  assert.equal(stops[0]?.['error_type'], row.errorType);
}

test('process.exit() at import on the main thread ends the process with its own code', async (t) => {
  const { child } = await start(t, 'exit-at-import.handler', { BULKHEAD_ISOLATION: 'none' });
  assert.equal((await child.ended).exitCode, 3);
});

test('a module that never finishes loading leaves the runtime able to stop', async (context) => {
  const { emulator, child } = await start(context, 'never-loads.handler', {});
  await child.until(({ stdout }) => stdout.includes('\tINFO\tloading'));
  child.child.kill('SIGTERM');
  const { exitCode } = await child.ended;

  assert.equal(exitCode, 0, child.text);
  assert.deepEqual(emulator.exchanges, []);
});

type Started = { readonly emulator: Emulator; readonly child: RuntimeChild };

async function start(
  context: TestContext,
  handler: string,
  env: Readonly<Record<string, string>>,
): Promise<Started> {
  const emulator = await Emulator.start({ timeoutMs: 60_000, onLog: () => {} });
  context.after(() => emulator.close());
  const { runtimeApi } = emulator;
  return { emulator, child: new RuntimeChild(context, { handler, runtimeApi, env }) };
}
