// context.signal tells a handler that it must end: one that does keeps its answer and its worker.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';
import { answersFor, startFunction } from '../support/start-function.ts';

const TIMEOUT_MS = 2000;
const CONTEXT_KEYS = [
  'clientContext',
  'identity',
  'invokedFunctionArn',
  'awsRequestId',
  'tenantId',
  'xRayTraceId',
  'getRemainingTimeInMillis',
  'functionName',
  'functionVersion',
  'memoryLimitInMB',
  'logGroupName',
  'logStreamName',
];

for (const isolation of ['shared', 'none']) {
  const what = `fetch(url, { signal: context.signal }) ends in time, isolation "${isolation}"`;
  test(`${what}: the handler answers, and its worker serves on`, async (t) => {
    const { emulator, log } = await start(t, { BULKHEAD_ISOLATION: isolation });
    const url = await startSilentServer(t);
    const { pid } = emulator.runtimePid === undefined ? {} : { pid: emulator.runtimePid };
    for (let run = 0; run < 2; run += 1) {
      const result = await emulator.invoke({ way: 'fetch', url });
      const { message, ...told } = result.payload as Record<string, unknown>;
      const isTheReason = true;
      assert.deepEqual(
        told,
        { name: 'AbortError', code: 'ABORT_ERR', reason: 'deadline', isTheReason },
        JSON.stringify(result.payload),
      );
      // 100 ms of margin and 10 % of 2 s before it.
      const leftMs = /: (\d+) ms are left until its deadline$/.exec(String(message))?.[1];
      assert.ok(Number(leftMs) > 100 && Number(leftMs) <= 300, String(message));
      assert.deepEqual(await answersFor(emulator, result.requestId), [202]);
      const after = await emulator.invoke({ ok: true });
      assert.deepEqual(after.payload, { pid, calls: 2 * run + 2, keys: CONTEXT_KEYS });
    }
    const lines = log.map(({ line }) => line).join('\n');
    assert.ok(!lines.includes('"worker_ended"'), lines);
  });
}

test('a handler that lets the reason through is answered with it, and keeps its worker', async (t) => {
  const { emulator } = await start(t);
  const url = await startSilentServer(t);
  const { functionError, payload, requestId } = await emulator.invoke({ way: 'uncaught', url });
  const { errorType, errorMessage } = payload as Record<string, unknown>;
  assert.equal(functionError, 'Unhandled');
  assert.equal(errorType, 'AbortError');
  assert.match(
    String(errorMessage),
    /^The invocation must end: \d+ ms are left until its deadline$/,
  );
  const posted = emulator.exchanges.find(
    (one) => one.requestId === requestId && one.endpoint === 'error',
  );
  const headerType = posted?.requestHeaders['lambda-runtime-function-error-type'];
  assert.equal(headerType, 'Function.AbortError');
  const { calls } = (await emulator.invoke({ ok: true })).payload as { readonly calls: number };
  assert.equal(calls, 2, 'the same worker');
});

test('a handler that only waits for the signal is not told that it waits in vain', async (t) => {
  const { emulator } = await start(t);
  const { payload } = await emulator.invoke({ way: 'wait' });
  assert.deepEqual(payload, { reason: 'deadline', isAborted: true });
});

test('a handler that ignores the signal is answered before its deadline', async (t) => {
  const { emulator } = await start(t);
  const { payload } = await emulator.invoke({ way: 'ignored' });
  assert.equal((payload as { readonly errorType: string }).errorType, 'Sandbox.Timedout');
});

test('when the environment stops, the signal says so and the answer still counts', async (t) => {
  const emulator = await Emulator.start({ timeoutMs: 60_000, onLog: () => {} });
  t.after(() => emulator.close());
  const { runtimeApi } = emulator;
  const run = new RuntimeChild(t, { handler: 'signal.handler', runtimeApi });
  await Promise.race([emulator.waitForPoll(), run.failure()]);
  const invoked = emulator.invoke({ way: 'wait' });
  await emulator.waitForExchange(({ endpoint }) => endpoint === 'next');
  run.child.kill('SIGTERM');
  assert.deepEqual((await invoked).payload, { reason: 'shutdown', isAborted: true });
  const { exitCode } = await run.ended;
  assert.equal(exitCode, 0, run.text);
});

function start(
  context: TestContext,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof startFunction> {
  const options = { memoryMb: 512, timeoutMs: TIMEOUT_MS, env };
  return startFunction(context, 'signal.handler', options);
}

/** It takes requests and never answers. */
async function startSilentServer(context: TestContext): Promise<string> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
