// A snapshot of the real runtime, as far as one machine can have it: the process stands still
// between the request that offers the snapshot and its reply.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Emulator, type EmulatorOptions } from '../../src/emulator/emulator.ts';
import { guardedPid, killProcess, startGuarded } from '../support/guardian.ts';
import { RuntimeChild } from '../support/runtime-child.ts';
import { type RunningFunction, startFunction } from '../support/start-function.ts';
import { until } from '../support/until.ts';

type Answer = {
  readonly calls: readonly string[];
  readonly threadId: number;
  readonly pid: number;
};

const BEFORE = ['before 2', 'before 1'];
const AFTER = ['after 1', 'after 2'];

function start(
  context: TestContext,
  handler: string,
  options: EmulatorOptions = {},
): Promise<RunningFunction> {
  return startFunction(context, handler, { snapStart: true, timeoutMs: 10_000, ...options });
}

async function invoke(emulator: Emulator, event: unknown = {}): Promise<Answer> {
  const { functionError, payload } = await emulator.invoke(event);
  assert.equal(functionError, undefined, JSON.stringify(payload));
  return payload as Answer;
}

function endpoints({ exchanges }: Emulator): readonly string[] {
  return exchanges.map(({ endpoint, status }) => `${endpoint} ${status ?? 'parked'}`);
}

/** T: stopped (proc(5)). */
function stateOf(pid: number | undefined): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

/** The variables for a hook that does something in one of its runs. */
function hookOnce(context: TestContext, hook: string): Record<'SNAPSTART_NOTE', string> {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-snapstart-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const names = { SNAPSTART_HOOK: hook, SNAPSTART_NOTE: join(folder, 'note') };
  return names;
}

test('hooks run before the snapshot and after the restore, in every worker', async (context) => {
  const env = { BULKHEAD_STANDBY: '1' };
  const { emulator, log } = await start(context, 'snapstart.handler', { env, memoryMb: 512 });
  await emulator.waitForSnapshot();
  assert.equal(emulator.state, 'RestoreReady');
  await until(context, () => stateOf(emulator.runtimePid) === 'T');

  const first = await invoke(emulator);
  assert.deepEqual(first.calls, [...BEFORE, ...AFTER]);
  await emulator.invoke({ ending: 'exit' });
  const standby = await invoke(emulator);
  assert.notEqual(standby.threadId, first.threadId);
  assert.deepEqual(standby.calls, [...BEFORE, ...AFTER], 'it was in the snapshot');
  await emulator.invoke({ ending: 'exit' });
  const later = await invoke(emulator);
  assert.deepEqual(later.calls, AFTER, 'it was started in the restored environment');

  const platform = log.filter(({ source }) => source === 'platform').map(({ line }) => line);
  assert.equal(platform[0], 'RESTORE_START');
  assert.match(platform[1] ?? '', /^RESTORE_REPORT Restore Duration: \d+\.\d\d ms$/);
  assert.deepEqual(endpoints(emulator).slice(0, 3), [
    'restoreNext 200',
    'next 200',
    'response 202',
  ]);
});

test('nothing times out while the snapshot lies there', async (context) => {
  // Recycling by age, and everything that counts time, finds two seconds gone.
  const env = { BULKHEAD_RECYCLE_AGE_S: '2', BULKHEAD_STANDBY: '1' };
  const { emulator, log } = await start(context, 'snapstart.handler', { env, memoryMb: 512 });
  await emulator.waitForSnapshot();
  await sleep(2500);
  await emulator.restore();
  assert.equal(emulator.state, 'Ready');
  const first = await invoke(emulator);
  const second = await invoke(emulator);
  assert.equal(second.threadId, first.threadId);
  assert.deepEqual(
    log.filter(({ source }) => source === 'stderr').map(({ line }) => line),
    [],
  );
});

test('the fields that SnapStart has no variables for are undefined', async (context) => {
  const { emulator } = await start(context, 'snapstart.handler');
  const { logGroupName, logStreamName } = (await invoke(emulator)) as never;
  assert.deepEqual([logGroupName, logStreamName], [null, null]);
});

test('the package registers hooks, also from CommonJS and without the global', async (context) => {
  const env = { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' };
  const { emulator } = await start(context, 'snapstart-package.handler', { env });
  assert.deepEqual(await invoke(emulator), { calls: ['before', 'after'], hasGlobal: false });
});

test('without SnapStart hooks are taken and never run', async (context) => {
  for (const handler of ['snapstart.handler', 'snapstart-package.handler']) {
    const { emulator } = await start(context, handler, { snapStart: false });
    assert.deepEqual((await invoke(emulator)).calls, []);
    assert.deepEqual(endpoints(emulator)[0], 'next 200');
    await assert.rejects(emulator.waitForSnapshot(), /snapStart is not set/);
  }
});

test('hooks run on the main thread, too', async (context) => {
  const env = { BULKHEAD_ISOLATION: 'none' };
  const { emulator } = await start(context, 'snapstart.handler', { env });
  assert.deepEqual((await invoke(emulator)).calls, [...BEFORE, ...AFTER]);
});

test('an environment that starts anew is restored for the invocation that waits for it', async (context) => {
  const env = { BULKHEAD_ISOLATION: 'none' };
  const { emulator } = await start(context, 'snapstart.handler', { env });
  const first = await invoke(emulator);
  await emulator.invoke({ ending: 'exit' });
  const next = await invoke(emulator);
  assert.notEqual(next.pid, first.pid);
  assert.deepEqual(next.calls, [...BEFORE, ...AFTER]);
});

test('told to stop while it waits for the restore, it ends at once', async (context) => {
  const { emulator, log } = await start(context, 'snapstart.handler');
  await emulator.waitForSnapshot();
  const { runtimePid } = emulator;
  process.kill(runtimePid ?? 0, 'SIGTERM');
  await emulator.close();
  const lines = log.filter(({ source }) => source === 'stderr').map(({ line }) => line);
  assert.match(lines.join('\n'), /"event":"stopped".*Received SIGTERM/);
});

test('a process that dies after the restore is followed by one that knows of it', async (context) => {
  const { emulator } = await startGuarded(context, 'snapstart.handler', { snapStart: true });
  const first = await invoke(emulator);
  await emulator.waitForPoll();
  await killProcess(guardedPid(emulator.runtimePid), 'SIGKILL');
  const next = await invoke(emulator);
  assert.notEqual(next.pid, first.pid);
  assert.deepEqual(next.calls, AFTER);
  assert.equal(endpoints(emulator).filter((one) => one.startsWith('restoreNext')).length, 1);
});

test('a process that dies in the restore is followed by one that goes on from there', async (context) => {
  const env = hookOnce(context, 'after dies');
  const { emulator } = await startGuarded(context, 'snapstart.handler', { snapStart: true, env });
  const { calls } = await invoke(emulator);
  assert.deepEqual(calls, AFTER);
  assert.deepEqual(endpoints(emulator).slice(0, 2), ['restoreNext 200', 'next 200']);
});

test('a worker that is lost before the snapshot is replaced by one that is ready for it', async (context) => {
  const emulator = await Emulator.start({ snapStart: true, onLog: () => {} });
  context.after(() => emulator.close());
  const env = hookOnce(context, 'before leaves');
  // A runtime that the emulator has not started is not stopped by it.
  const child = new RuntimeChild(context, {
    handler: 'snapstart.handler',
    runtimeApi: emulator.runtimeApi,
    env: {
      ...env,
      AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start',
      AWS_LAMBDA_LOG_LEVEL: 'DEBUG',
    },
  });
  await emulator.waitForSnapshot();
  writeFileSync(`${env.SNAPSTART_NOTE}-go`, '');
  await child.until(({ stderr }) => stderr.split('"worker_started"').length - 1 === 2);
  const { calls } = await invoke(emulator);
  assert.deepEqual(calls, [...BEFORE, ...AFTER]);
});

test('a later worker whose hook fails is tried again', async (context) => {
  const env = { ...hookOnce(context, 'after throwsSecond'), BULKHEAD_STANDBY: '0' };
  const { emulator, log } = await start(context, 'snapstart.handler', { env });
  await invoke(emulator);
  await emulator.invoke({ ending: 'exit' });
  const { calls } = await invoke(emulator);
  assert.deepEqual(calls, AFTER);
  const failed = log.filter(({ line }) => line.includes('"worker_start_failed"'));
  assert.match(failed.map(({ line }) => line).join(), /"error_type":"Runtime\.AfterRestoreError"/);
});

test('no connection that was open in the snapshot is used after it', async (context) => {
  const sockets = new Map<string, Socket>();
  // It closes nothing by itself.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    sockets.set(request.url?.split('/').slice(-2).join('/') ?? '', request.socket);
    if (request.url?.endsWith('/restore/next')) response.end();
    else server.emit('polled');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.closeAllConnections());
  context.after(() => server.close());
  const child = new RuntimeChild(context, {
    handler: 'snapstart.handler',
    runtimeApi: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    env: { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' },
  });
  await Promise.race([once(server, 'polled'), child.failure()]);
  const [first, second] = [sockets.get('restore/next'), sockets.get('invocation/next')];
  assert.ok(first !== undefined && second !== undefined && first !== second);
  await until(context, () => first.destroyed);
});
