// Work that goes on after the answer is told, once; what it logs carries the id of the invocation
// that started it, whoever is being served by then.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { LogEntry } from '../../src/emulator/emulator.ts';
import { type RunningFunction, startFunction } from '../support/start-function.ts';

/** Longer than what is left behind takes to be told. */
const SETTLE_MS = 400;
const ENDING = 'still pending after the answer; their work goes on in later invocations';

test('what is left behind is told once, with counts by type, for its invocation', async (t) => {
  const { emulator, log } = await start(t);
  const port = await startServer(t);
  await emulator.invoke({ way: 'socket', port });
  await untilLogged(log, ENDING.replace('their', 'its'));
  const left = await emulator.invoke({ way: 'timers', count: 2 });
  await untilLogged(log, ENDING);
  await emulator.invoke({});
  await wait(SETTLE_MS);
  const more = await emulator.invoke({ way: 'timers', count: 1 });
  await untilLogged(log, '3 Timeout');

  const warnings = linesWith(log, 'still pending').map((line) => line.split('\t').slice(1));
  assert.deepEqual(warnings.slice(1), [
    [left.requestId, 'WARN', `2 Timeout are ${ENDING}`],
    [more.requestId, 'WARN', `3 Timeout are ${ENDING}`],
  ]);
  assert.match(warnings[0]?.[2] ?? '', /^1 TCPSocketWrap is still pending after the answer; its /);
});

test('the warning has the format of the log, and its level silences it', async (t) => {
  const json = await start(t, { AWS_LAMBDA_LOG_FORMAT: 'JSON' });
  const { requestId } = await json.emulator.invoke({ way: 'timers', count: 2 });
  const line = await untilLogged(json.log, 'still pending');
  const { timestamp: _, ...fields } = JSON.parse(line);
  assert.deepEqual(fields, { level: 'WARN', requestId, message: `2 Timeout are ${ENDING}` });

  const silent = await start(t, { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'ERROR' });
  await silent.emulator.invoke({ way: 'timers', count: 2 });
  await wait(SETTLE_MS);
  assert.deepEqual(linesWith(silent.log, 'still pending'), []);
});

test('what goes back to its pool or closes by itself is not told', async (t) => {
  const { emulator, log } = await start(t);
  const port = await startServer(t);
  const ways = ['pooled fetch', 'pooled http', 'closing socket', 'stream that closes itself'];
  for (const way of ways) {
    // Once with a pause behind it, once with the next event right behind it.
    for (const pauseMs of [SETTLE_MS, 0, 0, SETTLE_MS]) {
      const { payload } = await emulator.invoke({ way, port });
      assert.deepEqual(payload, { pid: emulator.runtimePid });
      await wait(pauseMs);
    }
  }
  assert.deepEqual(linesWith(log, 'still pending'), []);
});

test('a line carries the id of the invocation that started the work', async (t) => {
  const { emulator, log } = await start(t);
  const first = await emulator.invoke({ way: 'late line', ms: 200 });
  const second = await emulator.invoke({ way: 'wait', ms: 500 });
  const lines = log.map(({ line }) => line.split('\t').slice(1));
  assert.deepEqual(
    lines.filter(([, level]) => level === 'INFO'),
    [
      [second.requestId, 'INFO', 'waits'],
      [first.requestId, 'INFO', 'late line'],
      [second.requestId, 'INFO', 'has waited'],
    ],
  );
});

for (const [way, label] of [
  ['late error', 'Uncaught Exception'],
  ['late rejection', 'Unhandled Promise Rejection'],
] as const) {
  test(`a ${way} ends the invocation that is served, under the id of its own`, async (t) => {
    const { emulator, log } = await start(t);
    const first = await emulator.invoke({ way, ms: 200 });
    const second = await emulator.invoke({ way: 'wait', ms: 2000 });
    const { errorMessage } = second.payload as { readonly errorMessage: string };
    assert.match(errorMessage, new RegExp(`${way}$`));
    const line = await untilLogged(log, label);
    assert.equal(line.split('\t')[1], first.requestId);
    const after = await emulator.invoke({});
    assert.deepEqual(after.payload, { pid: emulator.runtimePid });
  });
}

function start(
  context: TestContext,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningFunction> {
  return startFunction(context, 'leftovers.handler', { memoryMb: 512, timeoutMs: 5000, env });
}

/** Answers at once and keeps the connection. */
async function startServer(context: TestContext): Promise<number> {
  const server = createServer((_, reply) => reply.end('here')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function linesWith(log: readonly LogEntry[], text: string): readonly string[] {
  return log.map(({ line }) => line).filter((line) => line.includes(text));
}

/** The first line with that text, once it is there. */
async function untilLogged(log: readonly LogEntry[], text: string): Promise<string> {
  for (;;) {
    const [line] = linesWith(log, text);
    if (line !== undefined) return line;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
