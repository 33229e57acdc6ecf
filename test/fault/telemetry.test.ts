// Log frames on the descriptor that the platform hands over, and lines on its socket, of the real
// process.
import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Emulator } from '../../src/emulator/emulator.ts';
import { type ReadFrame, readFrames } from '../support/frames.ts';
import { openPipe } from '../support/pipe.ts';
import { RuntimeChild } from '../support/runtime-child.ts';
import { makeFolder } from '../unit/workers/temporary-folder.ts';

type Env = Readonly<Record<string, string>>;
type Started = {
  readonly child: RuntimeChild;
  readonly emulator: Emulator;
  readonly reader: Readable;
  /** Tells the process to end, and reads the rest. */
  readonly stop: () => Promise<ReadFrame[]>;
};

async function start(context: TestContext, env: Env = {}, timeoutMs = 4000): Promise<Started> {
  const emulator = await Emulator.start({ timeoutMs, onLog: () => {} });
  context.after(() => emulator.close());
  const { reader, writeFd } = openPipe();
  const chunks: Buffer[] = [];
  reader.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => reader.on('close', resolve));
  const child = new RuntimeChild(context, {
    handler: 'telemetry.handler',
    runtimeApi: emulator.runtimeApi,
    env: { _LAMBDA_TELEMETRY_LOG_FD: '3', ...env },
    isPiped: true,
    thirdFd: writeFd,
  });
  closeSync(writeFd);
  await Promise.race([emulator.waitForPoll(), child.failure()]);
  const stop = async (): Promise<ReadFrame[]> => {
    child.child.kill('SIGTERM');
    await Promise.all([child.ended, closed]);
    return readFrames(Buffer.concat(chunks));
  };
  return { child, emulator, reader, stop };
}

test('the console writes text frames, and the handler does not see the variable', async (context) => {
  const { child, emulator, stop } = await start(context);
  const { payload, requestId } = await emulator.invoke({});
  const frames = (await stop()).filter(({ format }) => format === 'TEXT');

  assert.deepEqual(payload, []);
  assert.equal(child.stdout, 'past the console\n');
  const told = frames.map(({ format, level, message }) => [format, level, message.slice(24)]);
  assert.deepEqual(told, [
    ['TEXT', 'INFO', '\t-\tINFO\tat Init\n'],
    ['TEXT', 'WARN', `\t${requestId}\tWARN\ttwo\nlines\n`],
  ]);
  for (const { micros, message } of frames) {
    assert.equal(micros, BigInt(Date.parse(message.slice(0, 24))) * 1000n);
  }
});

for (const isolation of ['shared', 'none']) {
  test(`an error is a frame with its cause, isolation "${isolation}"`, async (context) => {
    const env = { AWS_LAMBDA_LOG_FORMAT: 'JSON', BULKHEAD_ISOLATION: isolation };
    const { emulator, stop } = await start(context, env);
    const { requestId } = await emulator.invoke({ ending: 'throw' });
    const frames = await stop();

    const error = frames.find(({ level }) => level === 'ERROR');
    assert.equal(error?.format, 'JSON');
    const { message, ...line } = JSON.parse(error?.message ?? '');
    assert.equal(line.requestId, requestId);
    assert.deepEqual([message.errorMessage, message.cause.errorMessage], ['on purpose', 'why']);
  });
}

test('the supervisor’s lines are frames of the same stream', async (context) => {
  const { child, emulator, stop } = await start(context, {}, 1000);
  await emulator.invoke({ ending: 'never' });
  const frames = await stop();

  const own = frames.filter(({ format }) => format === 'JSON');
  const lines = own.map(({ level, message }) => ({ level, line: JSON.parse(message) }));
  assert.ok(lines.length > 0);
  for (const { level, line } of lines) {
    assert.deepEqual([line.logger, line.level], ['bulkhead', level]);
  }
  assert.equal(child.stderr, '');
});

test('a thread that is ended in the middle of a frame costs that frame only', async (context) => {
  // Nobody reads until the deadline is past, and a frame is more than a pipe holds.
  const { emulator, reader, stop } = await start(context, {}, 1500);
  reader.pause();
  const stuck = await emulator.invoke({ lines: 1000, width: 100_000 });
  const next = emulator.invoke({ lines: 3, width: 100_000 });
  await wait(300);
  reader.resume();
  const { functionError } = await next;
  const frames = await stop();

  assert.match(JSON.stringify(stuck.payload), /Sandbox\.Timedout/);
  assert.equal(functionError, undefined);
  const ofHandler = frames.filter(({ message }) => message.includes('\tline '));
  const last = ofHandler.slice(-3).map(({ message }) => message.trimEnd().split('\t')[3]);
  assert.deepEqual(
    last,
    [0, 1, 2].map((line) => `line ${line} ${'.'.repeat(100_000)}`),
  );
  const torn = ofHandler.filter(({ message }) => / \n$/.test(message));
  assert.equal(torn.length, 1, 'it was in the middle of one');
});

test('a descriptor that is not open is told on stderr, and lines go to stdout', async (context) => {
  const { child, emulator, stop } = await start(context, { _LAMBDA_TELEMETRY_LOG_FD: '77' });
  await emulator.invoke({});
  await stop();

  assert.match(child.stdout, /\tINFO\tat Init\n/);
  const told = child.events.map(({ message }) => message).join('\n');
  assert.match(told, /Cannot write log frames to descriptor 77 of _LAMBDA_TELEMETRY_LOG_FD: EBADF/);
});

test('with several events at once JSON lines go to the socket', async (context) => {
  const path = join(makeFolder(context, {}), 'socket');
  let text = '';
  const server = createServer((socket) => {
    socket.unref().on('data', (chunk) => {
      text += chunk.toString();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  context.after(() => server.close());
  server.unref();
  const { child, emulator, stop } = await start(context, {
    AWS_LAMBDA_MAX_CONCURRENCY: '1',
    _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET: path,
  });
  await emulator.invoke({});
  await stop();

  const lines = text.trimEnd().split('\n');
  const messages = lines.map((line) => (JSON.parse(line) as { message: unknown }).message);
  assert.deepEqual(messages, ['at Init', 'two\nlines', 'Runtime stopped: Received SIGTERM']);
  assert.equal(child.stdout, 'past the console\n');
});

test('a socket on which nobody listens is an init error', async (context) => {
  const emulator = await Emulator.start({ onLog: () => {} });
  context.after(() => emulator.close());
  const child = new RuntimeChild(context, {
    handler: 'telemetry.handler',
    runtimeApi: emulator.runtimeApi,
    env: {
      AWS_LAMBDA_MAX_CONCURRENCY: '1',
      _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET: '/nowhere/socket',
    },
  });

  const { exitCode } = await child.ended;

  assert.equal(exitCode, 1);
  assert.match(child.stderr, /bulkhead: Failed to connect to telemetry socket: connect ENOENT/);
  const reported = emulator.exchanges.filter(({ endpoint }) => endpoint === 'initError');
  assert.equal(reported.length, 1);
});
