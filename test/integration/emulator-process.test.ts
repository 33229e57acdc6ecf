// The managed runtime: Init, death, timeout, reset, and that nothing is left behind.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import {
  Emulator,
  type EmulatorOptions,
  type InvokeResult,
  type LogEntry,
} from '../../src/emulator/emulator.ts';
import {
  assertGone,
  isAlive,
  MANAGED_COMMAND,
  type Order,
} from '../unit/emulator/support/managed-script.ts';

test('a command is started with the environment of Lambda and serves invocations', async (t) => {
  const emulator = await start(t, { env: { EXTRA: 'yes' }, functionName: 'f' });

  const first = await emulator.invoke({ env: ['AWS_LAMBDA_FUNCTION_NAME', 'TZ', 'EXTRA'] });
  const second = await emulator.invoke({});

  assert.deepEqual(toPayload(first)['env'], ['f', ':UTC', 'yes']);
  assert.equal(toPayload(first)['pid'], emulator.runtimePid);
  assert.ok(Number(first.initDurationMs) > 0);
  assert.equal(second.initDurationMs, undefined);
  assert.equal(emulator.restartCount, 0);
});

test('the log tail holds what the runtime wrote, between the lines of the platform', async (t) => {
  const entries: LogEntry[] = [];
  const emulator = await start(t, { onLog: (entry) => entries.push(entry) });
  const result = await emulator.invoke({ print: ['one', 'zwölf'] }, { logTail: true });

  const lines = String(result.logTail).split('\n');

  const { requestId } = result;
  assert.equal(lines[0], `START RequestId: ${requestId} Version: $LATEST`);
  assert.deepEqual(lines.slice(1, 4), ['one', 'zwölf', `END RequestId: ${requestId}`]);
  assert.match(String(lines[4]), /\tInit Duration: [\d.]+ ms$/);
  const output = entries.filter(({ source }) => source === 'stdout');
  assert.deepEqual(output, [
    { line: 'one', source: 'stdout', requestId },
    { line: 'zwölf', source: 'stdout', requestId },
  ]);
});

test('a long log is cut to its last 4096 bytes', async (t) => {
  const emulator = await start(t);
  const print = Array.from({ length: 500 }, (_, index) => `line ${index} ${'x'.repeat(20)}`);

  const { logTail } = await emulator.invoke({ print }, { logTail: true });

  assert.ok(Buffer.byteLength(String(logTail)) <= 4096);
  assert.match(String(logTail), /line 499 x+\nEND RequestId/);
});

const DEATHS: readonly (readonly [Order, string])[] = [
  [{ exit: 3 }, 'Runtime exited with error: exit status 3'],
  [{ exit: 0 }, 'Runtime exited without providing a reason'],
  [{ kill: 'SIGKILL' }, 'Runtime exited with error: signal: killed'],
  [{ kill: 'SIGTERM' }, 'Runtime exited with error: signal: terminated'],
];

for (const [order, reason] of DEATHS) {
  test(`${JSON.stringify(order)} is answered "${reason}", the next call starts anew`, async (t) => {
    const emulator = await start(t);
    const { payload: before } = await emulator.invoke({});

    const died = await emulator.invoke(order, { logTail: true });
    const after = await emulator.invoke({});

    assert.deepEqual(died.payload, {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${died.requestId} Error: ${reason}`,
    });
    assert.deepEqual(
      [died.statusCode, died.functionError, died.errorType],
      [200, 'Unhandled', 'Runtime.ExitError'],
    );
    assert.match(String(died.logTail), /Status: error\tError Type: Runtime\.ExitError\n$/);
    assert.notEqual(toPayload(after)['pid'], (before as { pid: number }).pid);
    assert.equal(emulator.restartCount, 1);
  });
}

test('a runtime that dies after its answer does not spoil the answer', async (t) => {
  const emulator = await start(t);

  const first = await emulator.invoke({ exitAfterAnswer: 9 });
  const second = await emulator.invoke({});

  assert.equal(first.functionError, undefined);
  assert.equal(second.functionError, undefined);
  assert.notEqual(toPayload(first)['pid'], toPayload(second)['pid']);
});

test('a timeout kills the whole process group, and the next call starts anew', async (t) => {
  const emulator = await start(t);
  const { child, pid } = toPayload(await emulator.invoke({ child: true }));
  assert.ok(isAlive(Number(child)));

  const late = await emulator.invoke({ spin: true }, { timeoutMs: 150, logTail: true });

  assert.deepEqual(late.payload, {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${late.requestId} Error: Task timed out after 0.15 seconds`,
  });
  assert.deepEqual([late.statusCode, late.functionError], [200, 'Unhandled']);
  assert.match(String(late.logTail), /Task timed out after 0\.15 seconds\n/);
  assert.match(String(late.logTail), /Status: timeout\n$/);
  await assertGone(Number(pid));
  await assertGone(Number(child));
  assert.equal(emulator.runtimePid, undefined);
  assert.notEqual(toPayload(await emulator.invoke({}))['pid'], pid);
});

test('an Init error is answered to its call, and Init is tried again by the next', async (t) => {
  const body = '{"errorType":"Runtime.ImportModuleError","errorMessage":"no"}';
  const emulator = await start(t, { env: { INIT_ERROR: body } });

  for (let call = 0; call < 3; call += 1) {
    const { payloadBytes, functionError } = await emulator.invoke({});
    assert.equal(Buffer.from(payloadBytes).toString(), body);
    assert.equal(functionError, 'Unhandled');
  }
  assert.equal(emulator.restartCount, 2);
});

test('an exit during Init is answered to the first call', async (t) => {
  const emulator = await start(t, { env: { INIT_EXIT: '4' } });

  for (let call = 0; call < 2; call += 1) {
    const { payload, requestId } = await emulator.invoke({});
    assert.deepEqual(payload, {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 4`,
    });
  }
});

test('an Init that takes too long is repeated on the function’s clock', async (t) => {
  const emulator = await start(t, { env: { INIT_HANG: '1' }, initTimeoutMs: 100 });

  const { payload } = await emulator.invoke({}, { timeoutMs: 100 });

  assert.equal((payload as { errorType: string }).errorType, 'Sandbox.Timedout');
  assert.equal(emulator.restartCount, 1);
});

test('a program that does not exist is an invalid entry point', async (t) => {
  const emulator = await start(t, { command: ['/no/such/program'] });

  const { payload, functionError } = await emulator.invoke({});

  assert.equal((payload as { errorType: string }).errorType, 'Runtime.InvalidEntrypoint');
  assert.equal(functionError, 'Unhandled');
});

test('restartRuntime() waits for the running invocation, then starts a new process', async (t) => {
  const emulator = await start(t);
  const open = emulator.invoke({ print: ['x'] });

  await emulator.restartRuntime();
  const after = await emulator.invoke({});

  assert.equal((await open).functionError, undefined);
  assert.notEqual(toPayload(await open)['pid'], toPayload(after)['pid']);
  assert.ok(Number(after.initDurationMs) > 0);
});

test('close() ends the runtime and what it has started', async (t) => {
  const emulator = await start(t);
  const { pid, child } = toPayload(await emulator.invoke({ child: true }));

  await emulator.close();

  await assertGone(Number(pid));
  await assertGone(Number(child));
});

test('close() ends a runtime that is deaf to SIGTERM and in the middle of a call', async (t) => {
  const emulator = await start(t, {
    command: [
      process.execPath,
      '-e',
      `process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000);`,
    ],
    onLog: ({ line }) => line === 'deaf' && heard.resolve(),
  });
  const heard = Promise.withResolvers<void>();
  const open = emulator.invoke({});
  await heard.promise;
  const pid = Number(emulator.runtimePid);

  await emulator.close();

  assert.equal((await open).statusCode, 500);
  await assertGone(pid);
});

async function start(t: TestContext, options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await Emulator.start({
    command: MANAGED_COMMAND,
    timeoutMs: 20_000,
    onLog: () => {},
    ...options,
  });
  t.after(() => emulator.close());
  return emulator;
}

function toPayload(result: InvokeResult): Record<string, unknown> {
  assert.equal(result.functionError, undefined);
  return result.payload as Record<string, unknown>;
}
