// Threads that survive their termination: answered before, never used again, never waited for.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Emulator, LogEntry } from '../../src/emulator/emulator.ts';
import { startFunction } from '../support/start-function.ts';
import { until, untilLogged } from '../support/until.ts';

const TIMEOUT_MS = 1000;
/** Rounds of a hash that take some seconds on any machine. */
const NATIVE_ROUNDS = 12_000_000;

type Running = { readonly emulator: Emulator; readonly log: readonly LogEntry[] };

function startWith(context: TestContext, env: Record<string, string> = {}): Promise<Running> {
  const options = {
    timeoutMs: TIMEOUT_MS,
    memoryMb: 512,
    env: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG', BULKHEAD_STANDBY: '1', ...env },
  };
  return startFunction(context, 'stuck.handler', options);
}

async function timeOut({ emulator }: Running, event: object): Promise<readonly string[]> {
  const { payload } = await emulator.invoke(event);
  const { errorType, trace } = payload as { errorType: string; trace: readonly string[] };
  assert.equal(errorType, 'Sandbox.Timedout', JSON.stringify(payload));
  assert.equal(emulator.restartCount, 0, 'answered by the runtime, not by the platform');
  return trace;
}

function childrenOf(pid: number): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]) === pid;
      } catch {
        return false;
      }
    });
}

test('a native call: the next event is served beside it', async (context) => {
  const running = await startWith(context);
  const trace = await timeOut(running, { native: NATIVE_ROUNDS });
  assert.match(trace.join('\n'), /native call/);
  const { emulator } = running;
  const { payload } = await emulator.invoke({});
  assert.deepEqual(payload, { pid: emulator.runtimePid });
  const line = await untilLogged(context, running.log, /"worker_stuck"/);
  assert.match(line, /inside a native call that cannot be interrupted/);
  assert.equal(emulator.restartCount, 0);
});

const withoutProc = existsSync('/proc/self/stat') ? false : 'children are found by /proc';

test('a child that is waited for is ended', { skip: withoutProc }, async (context) => {
  const running = await startWith(context);
  const { emulator } = running;
  const trace = await timeOut(running, { child: 60 });
  assert.match(trace.join('\n'), /child process.*sh -c sleep 60/);
  const line = await untilLogged(context, running.log, /"worker_stuck"/);
  assert.match(line, /it waited for child processes, which were ended: sh -c sleep 60/);
  // The thread takes notice of its child's end by itself.
  await until(context, () => childrenOf(emulator.runtimePid ?? 0).length === 0);
  const { payload } = await emulator.invoke({});
  assert.deepEqual(payload, { pid: emulator.runtimePid });
});

test('past the limit the process answers what it has, then ends and says why', async (context) => {
  const running = await startWith(context, { BULKHEAD_STUCK_LIMIT: '0' });
  const { emulator, log } = running;
  const { runtimePid } = emulator;
  await timeOut(running, { native: NATIVE_ROUNDS });
  await untilLogged(context, running.log, /"worker_stuck"/);
  // The poll that was parked is honoured: its event is answered by the same process.
  const { payload } = await emulator.invoke({});
  assert.deepEqual(payload, { pid: runtimePid });
  const line = await untilLogged(context, running.log, /"event":"stopped"/);
  assert.match(line, /1 thread is stuck in native calls, more than BULKHEAD_STUCK_LIMIT=0/);
  const again = await emulator.invoke({});
  assert.notEqual((again.payload as { pid: number }).pid, runtimePid, 'a new environment');
  assert.ok(!log.some(({ line }) => line.includes('"late_cause"')));
});

test('a drain does not wait for a stuck thread', async (context) => {
  const running = await startWith(context);
  const { emulator } = running;
  await timeOut(running, { native: NATIVE_ROUNDS });
  await untilLogged(context, running.log, /"worker_stuck"/);
  const startedAtMs = performance.now();
  await emulator.close();
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs < 2000, `the process took ${tookMs} ms to end`);
});
