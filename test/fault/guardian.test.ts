// The death of the whole process, under the guardian: what was in flight is answered with how it
// died, the next event is served, and for the platform the environment has never ended.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { GUARDIAN_DEATHS_MAX } from '../../src/core/limits.ts';
import type { InvokeResult, RuntimeExchange } from '../../src/emulator/emulator.ts';
import { guardedPid, killProcess, startGuarded } from '../support/guardian.ts';
import { answersFor, type RunningFunction } from '../support/start-function.ts';

const HANDLER = 'dies-whole.handler';
const SIGNALS = [
  { signal: 'SIGSEGV', words: 'signal: segmentation fault' },
  { signal: 'SIGABRT', words: 'signal: aborted' },
  { signal: 'SIGKILL', words: 'signal: killed' },
] as const;

/** For a line that has to come, on a busy machine. */
const LINE_MS_MAX = 20_000;

type Ok = { readonly pid: number; readonly count: number; readonly journal: string | null };

async function serve({ emulator, log }: RunningFunction): Promise<Ok> {
  const { payload, functionError } = await emulator.invoke({ ok: true });
  assert.equal(functionError, undefined, log.map(({ line }) => line).join('\n'));
  return payload as Ok;
}

async function untilLine({ log }: RunningFunction, text: string): Promise<void> {
  const endMs = performance.now() + LINE_MS_MAX;
  while (!log.some(({ line }) => line.includes(text))) {
    assert.ok(
      performance.now() < endMs,
      `no "${text}" in:\n${log.map(({ line }) => line).join('\n')}`,
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The answer, what the platform made of it, and that the environment is the one it was. */
async function checkDeath(run: RunningFunction, dead: InvokeResult, words: string): Promise<void> {
  const { emulator } = run;
  assert.deepEqual(dead.payload, {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${dead.requestId} Error: Runtime exited with error: ${words}`,
    trace: [],
  });
  assert.deepEqual(await answersFor(emulator, dead.requestId), [202], 'one answer');
  const posted = emulator.exchanges.find(
    ({ requestId, endpoint }) => requestId === dead.requestId && endpoint === 'error',
  );
  const header = posted?.requestHeaders['lambda-runtime-function-error-type'];
  assert.equal(header, 'Runtime.ExitError');
  assert.equal(emulator.restartCount, 0, 'the platform has started nothing');
  await untilLine(run, '"runtime_restarted"');
  const restarts = run.log.filter(({ line }) => line.includes('"runtime_restarted"'));
  assert.equal(restarts.length, 1);
  assert.match(restarts[0]?.line ?? '', new RegExp(words));
  assert.ok(restarts[0]?.line.includes(dead.requestId));
}

for (const { signal, words } of SIGNALS) {
  test(`${signal} in the middle of an invocation`, async (context) => {
    const run = await startGuarded(context, HANDLER);
    const before = await serve(run);
    const guardianPid = run.emulator.runtimePid;
    const pending = run.emulator.invoke({ waits: true });
    await untilLine(run, 'waiting');
    const killedAtMs = performance.now();
    process.kill(before.pid, signal);
    const dead = await pending;
    context.diagnostic(`answered ${Math.round(performance.now() - killedAtMs)} ms after`);
    const after = await serve(run);
    await checkDeath(run, dead, words);
    assert.notEqual(after.pid, before.pid);
    assert.equal(run.emulator.runtimePid, guardianPid);
    assert.equal(after.count, 1, 'a process of its own');
  });

  test(`${signal} between two invocations`, async (context) => {
    const run = await startGuarded(context, HANDLER);
    const before = await serve(run);
    const guardianPid = run.emulator.runtimePid;
    await run.emulator.waitForPoll();
    await killProcess(before.pid, signal);
    const after = await serve(run);
    assert.notEqual(after.pid, before.pid);
    assert.equal(run.emulator.runtimePid, guardianPid);
    assert.equal(run.emulator.restartCount, 0);
    // The poll that the dead process has left behind was first, and is dealt with for good.
    for (let count = 2; count <= 4; count += 1) {
      assert.deepEqual(await serve(run), { ...after, count });
    }
  });

  test(`${signal} long before an event`, async (context) => {
    const run = await startGuarded(context, HANDLER);
    const before = await serve(run);
    await run.emulator.waitForPoll();
    await killProcess(before.pid, signal);
    // The new process asks the platform whether the lost poll is still waiting; it does not poll.
    const asked = ({ endpoint }: RuntimeExchange): boolean => endpoint === 'initError';
    assert.equal((await run.emulator.waitForExchange(asked)).status, 403);
    const startedAtMs = performance.now();
    const after = await serve(run);
    context.diagnostic(`served ${Math.round(performance.now() - startedAtMs)} ms after`);
    assert.notEqual(after.pid, before.pid);
    assert.equal(run.emulator.restartCount, 0);
    for (let count = 2; count <= 4; count += 1) {
      assert.deepEqual(await serve(run), { ...after, count });
    }
    await run.emulator.waitForPoll();
    const parked = run.emulator.exchanges.filter(
      ({ endpoint, repliedAtEpochMs }) => endpoint === 'next' && repliedAtEpochMs === undefined,
    );
    assert.equal(parked.length, 1, 'no poll is left over');
  });

  test(`${signal} before the first event`, async (context) => {
    const run = await startGuarded(context, HANDLER);
    await run.emulator.waitForPoll();
    await killProcess(guardedPid(run.emulator.runtimePid), signal);
    assert.equal((await serve(run)).count, 1);
    assert.equal(run.emulator.restartCount, 0);
  });
}

const OWN_DEATHS = [
  { event: { signal: 'SIGKILL' }, words: 'signal: killed' },
  // In a worker the supervisor comes before V8, most of the time.
  { event: { fill: true }, words: 'signal: (aborted|trace/breakpoint trap)', isolation: 'none' },
  { event: { exit: 7 }, words: 'exit status 7', isolation: 'none' },
] as const;

for (const { event, words, ...more } of OWN_DEATHS) {
  test(`a handler that ends its process with ${JSON.stringify(event)}`, async (context) => {
    const isolation = 'isolation' in more ? more.isolation : 'shared';
    const env = { BULKHEAD_ISOLATION: isolation, NODE_OPTIONS: '--max-old-space-size=64' };
    const options = { memoryMb: 128, timeoutMs: 30_000, env };
    const run = await startGuarded(context, HANDLER, options);
    const before = await serve(run);
    const dead = await run.emulator.invoke(event);
    const { errorMessage } = dead.payload as { errorMessage: string };
    const said = new RegExp(`${words}$`).exec(errorMessage)?.[0];
    assert.ok(said !== undefined, errorMessage);
    await checkDeath(run, dead, said);
    assert.notEqual((await serve(run)).pid, before.pid);
  });
}

test('three deaths, each after an answer, are no crash loop', async (context) => {
  const run = await startGuarded(context, HANDLER);
  const pids = new Set<number>();
  for (let death = 0; death <= GUARDIAN_DEATHS_MAX; death += 1) {
    pids.add((await serve(run)).pid);
    const { payload } = await run.emulator.invoke({ signal: 'SIGKILL' });
    assert.equal((payload as { errorType: string }).errorType, 'Runtime.ExitError');
  }
  assert.equal(pids.size, GUARDIAN_DEATHS_MAX + 1);
  assert.equal(run.emulator.restartCount, 0);
});

test('events that all kill their process end the environment, each answered', async (context) => {
  const run = await startGuarded(context, HANDLER);
  await serve(run);
  for (let death = 0; death <= GUARDIAN_DEATHS_MAX; death += 1) {
    const { payload } = await run.emulator.invoke({ signal: 'SIGKILL' });
    assert.equal((payload as { errorType: string }).errorType, 'Runtime.ExitError');
  }
  assert.equal(run.emulator.restartCount, 0);
  await untilLine(run, 'bulkhead: Cannot go on: Node.js has ended 3 times in a row');
  await serve(run);
  assert.equal(run.emulator.restartCount, 1, 'the platform starts a new one');
});

test('a death in each Init ends the environment', async (context) => {
  const folder = temporaryFolder(context);
  const env = { FILE: join(folder, 'loads'), DIES_AT: '1', THROWS_AT: '99' };
  const run = await startGuarded(context, 'dies-at-import.handler', { env });
  const { payload } = await run.emulator.invoke({});
  const { errorType, errorMessage } = payload as Record<string, string>;
  assert.equal(errorType, 'Runtime.ExitError');
  assert.match(errorMessage ?? '', /exit status 139$/);
});

test('an Init that fails after a restart ends the environment, and is not reported twice', async (t) => {
  const env = { FILE: join(temporaryFolder(t), 'loads'), DIES_AT: '99', THROWS_AT: '2' };
  const options = { env: { ...env, BULKHEAD_STANDBY: '0' } };
  const run = await startGuarded(t, 'dies-at-import.handler', options);
  await serve(run);
  const dead = await run.emulator.invoke({ signal: 'SIGKILL' });
  assert.equal((dead.payload as { errorType: string }).errorType, 'Runtime.ExitError');
  await untilLine(run, '"stopped"');
  assert.ok(run.log.some(({ line }) => line.includes('takes no init error any more')));
  assert.ok(run.log.some(({ line }) => line.includes('load 2')));
  assert.ok(!run.emulator.exchanges.some(({ endpoint }) => endpoint === 'initError'));
});

test('an Init that takes longer than the dead invocation has left does not cost the environment', async (t) => {
  const env = { FILE: join(temporaryFolder(t), 'loaded'), INIT_MS: '4500' };
  const options = { timeoutMs: 3000, env: { ...env, BULKHEAD_STANDBY: '0' } };
  const run = await startGuarded(t, 'slow-init-dies.handler', options);
  await serve(run);
  const dead = await run.emulator.invoke({ signal: 'SIGKILL' });
  assert.equal((dead.payload as { errorType: string }).errorType, 'Runtime.ExitError');
  // The poll goes out before the deadline, and the next event waits for what is left of Init.
  assert.equal((await serve(run)).count, 1);
  assert.equal(run.emulator.restartCount, 0);
});

test('a process that is no longer fit ends, and another goes on in its environment', async (t) => {
  const limits = { BULKHEAD_STUCK_LIMIT: '0', BULKHEAD_DEADLINE_MARGIN_MS: '300' };
  const env = { ...limits, BULKHEAD_STANDBY: '1', AWS_LAMBDA_LOG_LEVEL: 'DEBUG' };
  const run = await startGuarded(t, 'stuck.handler', { timeoutMs: 3000, memoryMb: 512, env });
  const { emulator } = run;
  const guardianPid = emulator.runtimePid;
  const { payload } = await emulator.invoke({ native: 24_000_000 });
  assert.equal((payload as { errorType: string }).errorType, 'Sandbox.Timedout');
  await untilLine(run, '"worker_stuck"');
  // The poll that was parked is honoured by the old process, the next one is the new one's.
  const pids: unknown[] = [];
  for (let count = 0; count < 3; count += 1) {
    pids.push(((await emulator.invoke({})).payload as { pid: number }).pid);
  }
  assert.notEqual(pids[0], pids[1]);
  assert.equal(pids[1], pids[2]);
  assert.equal(emulator.restartCount, 0);
  assert.equal(emulator.runtimePid, guardianPid);
  await untilLine(run, 'the process before asked for it');
});

test('nothing of the guardian is left in the environment or in the file system', async (context) => {
  const folder = temporaryFolder(context);
  const run = await startGuarded(context, HANDLER, { env: { TMPDIR: folder } });
  assert.equal((await serve(run)).journal, null);
  assert.deepEqual(readdirSync(folder), []);
  await run.emulator.invoke({ signal: 'SIGKILL' });
  assert.equal((await serve(run)).journal, null);
  assert.deepEqual(readdirSync(folder), []);
  assert.ok(existsSync(folder));
});

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-guarded-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
