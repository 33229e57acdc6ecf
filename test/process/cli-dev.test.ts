import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeFolder, RunningCli, runCli } from './cli-process.ts';

const HANDLER = `
  export const handler = ({ name }) => {
    console.log('serving', name);
    return { greeting: 'Hello', name, pid: process.pid };
  };`;

type Greeting = { greeting: string; name: string; pid: number };

/** A `bulkhead dev` that is ready, and the URL of the curl line that it prints. */
async function startDev(t: TestContext, ...flags: string[]) {
  const cwd = await makeFolder(t, { 'app.mjs': HANDLER });
  const dev = new RunningCli(t, ['dev', 'app.handler', '--port', '0', ...flags], { cwd });
  const [, url = ''] = await dev.waitFor(/^ {2}curl -d '\{"name":"Ada"\}' (http:\S+)$/m);
  const invoke = async (name = 'Ada'): Promise<Greeting> => {
    const reply = await fetch(url, { method: 'POST', body: JSON.stringify({ name }) });
    const text = await reply.text();
    assert.equal(reply.headers.get('x-amz-function-error'), null, `${text}\n${dev.output}`);
    return JSON.parse(text) as Greeting;
  };
  return { cwd, dev, url, invoke };
}

test('dev serves the line that it prints and shows one line per invocation', async (t) => {
  const { dev, invoke } = await startDev(t);

  const greeting = await invoke();

  assert.equal(greeting.name, 'Ada');
  await dev.waitFor(/^[\w-]{8} {2}INFO {2}serving Ada$/m);
  await dev.waitFor(/^[\w-]{8} {2}✓ ok {2}[\d.]+ ms/m);
});

test('dev serves the metrics of the runtime', async (t) => {
  const { dev, url, invoke } = await startDev(t, '--env', 'AWS_LAMBDA_LOG_LEVEL=DEBUG');
  await dev.waitFor(/Metrics are at http/);

  await invoke();
  await dev.waitFor(/DEBUG Invocation succeeded/);
  const reply = await fetch(new URL('/metrics', url));
  const text = await reply.text();

  assert.equal(reply.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(text, /^lambda_runtime_invocations_total\{outcome="success"\} 1$/m);
  assert.match(text, /^lambda_runtime_invocation_phase_seconds_count\{phase="handler"\} 1$/m);
});

test('dev serves changed code after it has said so', async (t) => {
  const { cwd, dev, invoke } = await startDev(t);
  const before = await invoke();

  await writeFile(join(cwd, 'app.mjs'), HANDLER.replace('Hello', 'Good day'));
  await dev.waitFor(/^Reloaded: app\.mjs has changed$/m);
  const after = await invoke();

  assert.deepEqual([before.greeting, after.greeting], ['Hello', 'Good day']);
  assert.notEqual(after.pid, before.pid);
});

test('dev serves again once a handler that did not load has been mended', async (t) => {
  const { cwd, dev, invoke } = await startDev(t);

  await writeFile(join(cwd, 'app.mjs'), 'export const handler = () => {');
  await dev.waitFor(/ERROR Init Error: .*SyntaxError/s);
  await dev.waitFor(/Reloaded/);
  await writeFile(join(cwd, 'app.mjs'), HANDLER);
  await dev.waitFor(/Reloaded.*Reloaded/s);

  assert.equal((await invoke()).greeting, 'Hello');
});

test('dev ends with its runtime, on SIGINT and on SIGTERM', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const { dev, invoke } = await startDev(t);
    const { pid } = await invoke();

    assert.equal(await dev.stop(signal), 0);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  }
});

test('a port in use gives exit code 4 and says what to do', async (t) => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  t.after(() => occupant.close());
  const { port } = occupant.address() as AddressInfo;

  const end = await runCli(['dev', 'examples/hello.handler', '--port', String(port)]);

  assert.deepEqual([end.exitCode, end.stdout], [4, '']);
  assert.match(end.stderr, new RegExp(`127\\.0\\.0\\.1:${port}: the port is in use; .*--port`));
});

const HTTP_HANDLER = `
  export const handler = ({ rawPath, requestContext, body }) => ({
    statusCode: 203,
    cookies: ['seen=1'],
    body: [requestContext.http.method, rawPath, body].join(' '),
  });`;

test('dev serves a Function URL beside the Invoke API, and says where', async (t) => {
  const { cwd, dev } = await startDev(t, '--function-url', '0');
  await writeFile(join(cwd, 'app.mjs'), HTTP_HANDLER);
  await dev.waitFor(/^Reloaded/m);
  const [, url = ''] = await dev.waitFor(/^Function URL: (http:\S+)$/m);

  const headers = { 'content-type': 'text/plain' };
  const reply = await fetch(`${url}a/b?c`, { method: 'POST', headers, body: 'Ada' });

  assert.equal(reply.status, 203);
  assert.equal(reply.headers.get('set-cookie'), 'seen=1');
  assert.equal(await reply.text(), 'POST /a/b Ada');
});

test('the port of the Function URL is checked as the other is, and named by its flag', async (t) => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  t.after(() => occupant.close());
  const { port } = occupant.address() as AddressInfo;
  const command = ['dev', 'examples/hello.handler', '--port', '0', '--function-url'];

  const inUse = await runCli([...command, String(port)]);
  const bad = await runCli([...command, '70000']);

  assert.deepEqual([inUse.exitCode, bad.exitCode], [4, 2]);
  assert.match(inUse.stderr, new RegExp(`127\\.0\\.0\\.1:${port}: .* with --function-url \\(`));
  assert.match(bad.stderr, /--function-url "70000": it accepts a port from 0 to 65535/);
});
