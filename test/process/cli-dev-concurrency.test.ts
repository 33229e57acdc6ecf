// `bulkhead dev --concurrency`, and what becomes of events in flight when `dev` is told to stop.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { makeFolder, RunningCli, runCli } from './cli-process.ts';

/** Ends when it is told that the process is about to. */
const HANDLER = `
  const names = ['AWS_LAMBDA_MAX_CONCURRENCY', 'AWS_LAMBDA_INITIALIZATION_TYPE'];
  export const handler = async ({ waits }) => {
    // The interval is what it waits for: without it the runtime would see that nothing is pending.
    const pending = waits ? setInterval(() => {}, 1000) : undefined;
    const told = waits ? new Promise((resolve) => process.once('SIGTERM', resolve)) : undefined;
    console.log('serving');
    await told;
    clearInterval(pending);
    return names.map((name) => process.env[name]);
  };`;

async function startDev(t: TestContext, ...flags: string[]) {
  const cwd = await makeFolder(t, { 'app.mjs': HANDLER });
  const line = ['dev', 'app.handler', '--port', '0', '--no-watch', '--timeout', '60', ...flags];
  const dev = new RunningCli(t, line, { cwd });
  const [, url = ''] = await dev.waitFor(/^ {2}curl -d '\{"name":"Ada"\}' (http:\S+)$/m);
  const invoke = (event: unknown): Promise<Response> =>
    fetch(url, { method: 'POST', body: JSON.stringify(event) });
  return { dev, invoke };
}

test('dev says how many events it takes at once, and so does the environment', async (t) => {
  const { dev, invoke } = await startDev(t, '--concurrency', '4');
  await dev.waitFor(/^Bulkhead serves app\.handler \(timeout 60 s, 1024 MB, up to 4 at once, /m);

  const reply = await invoke({});

  assert.deepEqual(await reply.json(), ['4', 'lambda-managed-instances']);
  await dev.waitFor(/^[\w-]{8} {2}INFO {2}serving$/m);
  await dev.waitFor(/^[\w-]{8} {2}✓ ok {2}[\d.]+ m?s/m);
});

for (const flags of [[], ['--concurrency', '2']]) {
  test(`what runs at a SIGTERM is answered before dev ends: ${flags.join(' ')}`, async (t) => {
    const { dev, invoke } = await startDev(t, ...flags);
    const sent = invoke({ waits: true });
    await dev.waitFor(/INFO {2}serving$/m);

    assert.equal(await dev.stop('SIGTERM'), 0);

    const reply = await sent;
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.get('x-amz-function-error'), null);
    assert.match(await reply.text(), /^\[/);
  });
}

test('a bad number of events is refused at once', async () => {
  for (const text of ['0', '1001', 'many']) {
    const end = await runCli(['dev', 'examples/hello.handler', '--concurrency', text]);

    assert.deepEqual([end.exitCode, end.stdout], [2, '']);
    assert.match(
      end.stderr,
      new RegExp(`^bulkhead: Cannot use --concurrency "${text}": it accepts`),
    );
  }
});

test('a concurrency in the environment beside the flag is refused', async () => {
  const env = ['--env', 'AWS_LAMBDA_MAX_CONCURRENCY=3'];
  const end = await runCli(['dev', 'examples/hello.handler', '--concurrency', '2', ...env]);

  assert.deepEqual([end.exitCode, end.stdout], [2, '']);
  assert.match(end.stderr, /AWS_LAMBDA_MAX_CONCURRENCY="3": "concurrency" is 2 and sets it/);
});

test('dev tells why a runtime refuses to start, and answers events with that', async (t) => {
  // Any variable that the runtime itself refuses would do.
  const { dev, invoke } = await startDev(
    t,
    '--concurrency',
    '2',
    '--env',
    'AWS_LAMBDA_RUNTIME_API=',
  );
  await dev.waitFor(/^bulkhead: Cannot start: AWS_LAMBDA_RUNTIME_API is not set/m);
  await dev.waitFor(
    /^runtime {3}ERROR Cannot start the runtime with this environment: correct what/m,
  );

  const reply = await invoke({});

  assert.equal(reply.headers.get('x-amz-function-error'), 'Unhandled');
  assert.match(await reply.text(), /Runtime\.ExitError.*exit status 2/);
});
