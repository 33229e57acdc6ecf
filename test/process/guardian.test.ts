// The guardian told to stop, and the ends of the runtime that are meant: the script ends as
// `bulkhead start` does, at once, and with its code.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DRAIN_MS_MAX } from '../../src/core/limits.ts';
import { Emulator, type EmulatorOptions } from '../../src/emulator/emulator.ts';
import { type ChildOptions, RuntimeChild } from '../support/runtime-child.ts';

/** From the signal to the end of the script beyond the grace, ms; on a busy machine. */
const SLACK_MS = 600;

type Run = { readonly emulator: Emulator; readonly child: RuntimeChild };

async function start(context: TestContext, options: ChildOptions = {}): Promise<Run> {
  const emulator = await open(context, { timeoutMs: 60_000 });
  const { runtimeApi } = emulator;
  const child = new RuntimeChild(context, {
    handler: 'slow.handler',
    runtimeApi,
    isGuarded: true,
    ...options,
  });
  return { emulator, child };
}

async function open(context: TestContext, options: EmulatorOptions): Promise<Emulator> {
  const emulator = await Emulator.start({ onLog: () => {}, ...options });
  context.after(() => emulator.close());
  return emulator;
}

async function serving(context: TestContext, options?: ChildOptions): Promise<Run> {
  const run = await start(context, options);
  await Promise.race([run.emulator.waitForPoll(), run.child.failure()]);
  return run;
}

async function checkEnd({ child }: Run, withinMs: number): Promise<void> {
  const signalledAtMs = performance.now();
  const { exitCode, signal, endedAtMs } = await child.ended;
  assert.deepEqual({ exitCode, signal }, { exitCode: 0, signal: null }, child.text);
  const tookMs = Math.round(endedAtMs - signalledAtMs);
  assert.ok(tookMs < withinMs, `it took ${tookMs} ms to end`);
  assert.equal(child.events.filter(({ event }) => event === 'stopped').length, 1, child.text);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  describe(`${signal} to the guardian:`, () => {
    test('an idle runtime ends at once', async (context) => {
      const run = await serving(context);
      run.child.child.kill(signal);
      await checkEnd(run, SLACK_MS);
    });

    test('an invocation that ends within the grace is answered with its result', async (t) => {
      const run = await serving(t);
      const result = run.emulator.invoke({ ms: DRAIN_MS_MAX / 3 });
      await run.emulator.waitForExchange(({ endpoint }) => endpoint === 'next');
      run.child.child.kill(signal);
      await checkEnd(run, DRAIN_MS_MAX + SLACK_MS);
      assert.equal((await result).functionError, undefined);
    });

    test('an invocation that does not end is answered before the script ends', async (context) => {
      const run = await serving(context);
      const result = run.emulator.invoke({ ms: 60_000 });
      await run.emulator.waitForExchange(({ endpoint }) => endpoint === 'next');
      run.child.child.kill(signal);
      await checkEnd(run, DRAIN_MS_MAX + SLACK_MS);
      assert.equal(((await result).payload as { errorType: string }).errorType, 'Runtime.Shutdown');
    });

    test('a thread that keeps the process from ending does not hold the script', async (context) => {
      const run = await serving(context, { handler: 'spin-forever.handler' });
      const result = run.emulator.invoke({});
      await run.emulator.waitForExchange(({ endpoint }) => endpoint === 'next');
      run.child.child.kill(signal);
      await checkEnd(run, DRAIN_MS_MAX + SLACK_MS);
      assert.equal(((await result).payload as { errorType: string }).errorType, 'Runtime.Shutdown');
    });
  });
}

test('a runtime that waits in the place of a lost poll ends at once', async (context) => {
  const run = await serving(context, { handler: 'dies-whole.handler' });
  const { payload } = await run.emulator.invoke({ ok: true });
  await run.emulator.waitForPoll();
  process.kill((payload as { pid: number }).pid, 'SIGKILL');
  await run.emulator.waitForExchange(({ endpoint }) => endpoint === 'initError');
  run.child.child.kill('SIGTERM');
  await checkEnd(run, SLACK_MS);
});

test('an Init that fails is reported once, and the script ends with 1', async (context) => {
  const { emulator, child } = await start(context, { handler: 'throw-at-import.handler' });
  assert.equal((await child.ended).exitCode, 1);
  const endpoints = emulator.exchanges.map(({ endpoint, status }) => `${endpoint} ${status}`);
  assert.deepEqual(endpoints, ['initError 202']);
  assert.doesNotMatch(child.stderr, /^bulkhead:/m, 'the guardian has nothing to add');
});

test('wrong usage ends the script with 2, after one message', async (context) => {
  const cases: readonly ChildOptions[] = [
    { env: { BULKHEAD_STANDBY: 'many' } },
    { handler: undefined },
    { runtimeApi: undefined },
    { runtimeApi: 'not an address' },
    { env: { BULKHEAD_GUARDIAN: 'perhaps' } },
  ];
  for (const options of cases) {
    const { child } = await start(context, options);
    assert.equal((await child.ended).exitCode, 2, child.text);
    assert.equal(child.stderr.match(/^bulkhead: Cannot /gm)?.length, 1, child.text);
  }
});

test('switched off, the runtime is the process that was started', async (context) => {
  const run = await serving(context, { env: { BULKHEAD_GUARDIAN: 'off' } });
  const { payload } = await run.emulator.invoke({ ms: 0 });
  assert.deepEqual(payload, { ms: 0, pid: run.child.child.pid });
});

test('a journal that nobody has made is refused', async (context) => {
  for (const journal of ['9 0 - /tmp/none', 'journal', '1 0 - /tmp/none', '']) {
    const options = { isGuarded: false, env: { BULKHEAD_JOURNAL: journal } };
    const { child, emulator } = await start(context, options);
    if (journal === '') {
      await emulator.waitForPoll();
      continue;
    }
    assert.equal((await child.ended).exitCode, 2, child.text);
    assert.match(child.stderr, /^bulkhead: Cannot use BULKHEAD_JOURNAL=/m);
  }
});

test('bench/guardian.ts measures the start with and without the guardian', async () => {
  const script = fileURLToPath(new URL('../../bench/guardian.ts', import.meta.url));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [script, '1'], { env });
  assert.match(stdout, /^spawn to first poll, ms, with and without the guardian: median \d/m);
  assert.match(stdout, /^processor time until the first answer, ms/m);
  assert.match(stdout, /^warm loop, 100 B event, µs/m);
});
