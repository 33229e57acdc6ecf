import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder, runCli } from './cli-process.ts';

type ErrorBody = { errorType: string; errorMessage: string; trace: string[] };

const HANDLERS = {
  'app.mjs': `
    import { writeFileSync } from 'node:fs';
    export const bytes = () => ({ b: 1.50, a: 'é\\u2028' });
    export const nothing = () => undefined;
    export const throws = () => { throw new TypeError('boom'); };
    export const hangs = () => new Promise(() => setInterval(() => {}, 1000));
    export const marks = () => writeFileSync('invoked', '');
    export const echo = (event, context) => ({
      event,
      clientContext: context.clientContext,
      tenantId: context.tenantId,
      table: process.env.TABLE,
      memory: context.memoryLimitInMB,
      standby: process.env.BULKHEAD_STANDBY,
    });`,
  'broken.mjs': 'export const handler = () => {',
  'bad-event.json': '{\n  "name": Ada\n}\n',
};

test('invoke prints the result on stdout, the log on stderr, and succeeds', async () => {
  const end = await runCli(['invoke', 'examples/hello.handler', '--event', '{"name":"Ada"}']);

  assert.equal(end.exitCode, 0, end.stderr);
  assert.match(end.stdout, /^\{"message":"Hello, Ada!","requestId":"[\w-]+"\}\n$/);
  assert.match(end.stderr, /^[\w-]{8} {2}INFO {2}greeting Ada$/m);
  assert.match(end.stderr, /^[\w-]{8} {2}✓ ok {2}[\d.]+ ms, init /m);
});

test('invoke prints the bytes that Lambda would return, and null for no result', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);

  const bytes = await runCli(['invoke', 'app.bytes'], { cwd });
  const nothing = await runCli(['invoke', 'app.nothing'], { cwd });

  assert.equal(bytes.stdout, `{"b":1.5,"a":"é\u2028"}\n`);
  assert.deepEqual([nothing.stdout, nothing.exitCode], ['null\n', 0]);
});

test('invoke hands on event, client context, tenant, variables and settings', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);

  const end = await runCli(
    [
      ...['invoke', 'app.echo', '--event', '-', '--client-context', '{"custom":{"k":"v"}}'],
      ...['--tenant-id', 'blue', '--env', 'TABLE=orders=1', '--memory', '256', '--standby', '0'],
    ],
    { cwd, input: '[1, "two"]' },
  );

  assert.equal(end.exitCode, 0, end.stderr);
  assert.deepEqual(JSON.parse(end.stdout), {
    event: [1, 'two'],
    clientContext: { custom: { k: 'v' } },
    tenantId: 'blue',
    table: 'orders=1',
    memory: '256',
    standby: '0',
  });
});

test('a handler that throws gives exit code 1 and its error', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);

  const end = await runCli(['invoke', 'app.throws'], { cwd });

  assert.equal(end.exitCode, 1);
  const body = JSON.parse(end.stdout) as ErrorBody;
  assert.deepEqual([body.errorType, body.errorMessage], ['TypeError', 'boom']);
  assert.match(end.stderr, /ERROR Invoke Error: TypeError: boom\n +at .*app\.mjs:5:/);
});

test('a handler that does not end gives exit code 1 and the timeout', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);

  const env = { BULKHEAD_DEADLINE_MARGIN_MS: '300' };
  const end = await runCli(['invoke', 'app.hangs', '--timeout', '3'], { cwd, env });

  assert.equal(end.exitCode, 1);
  assert.equal((JSON.parse(end.stdout) as ErrorBody).errorType, 'Sandbox.Timedout');
  assert.match(end.stderr, /ERROR Invocation timed out, waiting for 1 Timeout: .*timed out after/);
});

test('a handler that is not there gives exit code 3 and what was looked for', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);

  const noFile = await runCli(['invoke', 'nope.handler'], { cwd });
  const noExport = await runCli(['invoke', 'app.nope'], { cwd });
  const broken = await runCli(['invoke', 'broken.handler'], { cwd });

  assert.deepEqual([noFile.exitCode, noExport.exitCode, broken.exitCode], [3, 3, 3]);
  const body = JSON.parse(noFile.stdout) as ErrorBody;
  assert.equal(body.errorType, 'Runtime.ImportModuleError');
  assert.ok(noFile.stderr.includes(join(cwd, 'nope.mjs')), noFile.stderr);
  assert.match(noExport.stderr, /app\.nope is undefined or not exported/);
  assert.equal((JSON.parse(broken.stdout) as ErrorBody).errorType, 'Runtime.UserCodeSyntaxError');
});

test('an event that is not JSON gives exit code 2 and nothing is invoked', async (t) => {
  const cwd = await makeFolder(t, HANDLERS);

  const end = await runCli(['invoke', 'app.marks', '--event', 'bad-event.json'], { cwd });

  assert.equal(end.exitCode, 2);
  assert.equal(end.stdout, '');
  assert.match(end.stderr, /"bad-event\.json": it is not JSON at line 2, column 11 /);
  assert.equal(existsSync(join(cwd, 'invoked')), false);
});

test('an unknown setting gives exit code 2 and its name', async () => {
  const env = { BULKHEAD_STANBY: '1' };

  const end = await runCli(['invoke', 'examples/hello.handler'], { env });

  assert.deepEqual([end.exitCode, end.stdout], [2, '']);
  assert.match(
    end.stderr,
    /^bulkhead: Cannot use the setting "BULKHEAD_STANBY": .*BULKHEAD_STANDBY/m,
  );
});
