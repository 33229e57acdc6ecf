// SIGTERM and SIGINT: nothing new is taken, what runs may end within the grace, what does not is
// answered, and the process is gone well before the platform would kill it.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { DRAIN_MS_MAX } from '../../src/core/limits.ts';
import { Emulator, type InvokeResult } from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';

/** From the signal to the end of the process beyond the grace, ms; on a busy machine. The platform
 * allows 500 ms in all (contract, section 4.2), which the diagnostics are to be compared with. */
const SLACK_MS = 600;

/** Between two signals, ms; several fit into the grace. */
const SIGNAL_PAUSE_MS = 50;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const ISOLATIONS = ['shared', 'none'] as const;

for (const signal of SIGNALS) {
  for (const isolation of ISOLATIONS) {
    describe(`${signal}, isolation ${isolation}:`, () => {
      test('an idle runtime ends at once', async (context) => {
        const tookMs: number[] = [];
        for (let nth = 1; nth <= 3; nth += 1) {
          const run = await start(context, { BULKHEAD_ISOLATION: isolation });
          tookMs.push(await checkEnd(context, run, { signals: [signal], within: SLACK_MS }));
          assert.deepEqual(endpoints(run), ['next']);
        }
        // The machine may have made one of them wait.
        assert.ok(Math.min(...tookMs) < DRAIN_MS_MAX, `${tookMs} ms`);
      });

      test('an invocation that ends within the grace is answered with its result', async (t) => {
        const run = await start(t, { BULKHEAD_ISOLATION: isolation });
        const invoked = await handedOut(run, { ms: DRAIN_MS_MAX / 3 });
        await checkEnd(t, run, { signals: [signal], within: DRAIN_MS_MAX + SLACK_MS });
        const { payload } = await invoked.result;
        assert.deepEqual(payload, { ms: DRAIN_MS_MAX / 3, pid: run.child.child.pid });
        assert.deepEqual(endpoints(run), ['next', 'response']);
      });

      test('an invocation that does not end is answered before the process does', async (t) => {
        const run = await start(t, { BULKHEAD_ISOLATION: isolation });
        const invoked = await handedOut(run, { ms: 60_000 });
        await checkEnd(t, run, { signals: [signal], within: DRAIN_MS_MAX + SLACK_MS });
        checkShutdown(await invoked.result);
        assert.deepEqual(endpoints(run), ['next', 'error']);
      });
    });
  }
}

test('a handler that spins is answered and does not hold the process', async (context) => {
  const run = await start(context, {}, 'spin-forever.handler');
  const invoked = await handedOut(run, {});
  await checkEnd(context, run, { signals: ['SIGTERM'], within: DRAIN_MS_MAX + SLACK_MS });
  checkShutdown(await invoked.result);
});

test('a second signal changes nothing', async (context) => {
  const run = await start(context, {});
  const invoked = await handedOut(run, { ms: 60_000 });
  const signals = ['SIGTERM', 'SIGTERM', 'SIGINT'] as const;
  await checkEnd(context, run, { signals, within: DRAIN_MS_MAX + SLACK_MS });
  checkShutdown(await invoked.result);
  assert.deepEqual(endpoints(run), ['next', 'error']);
});

test('an answer that is on its way when the signal comes is delivered', async (context) => {
  const run = await start(context, {});
  run.emulator.faults.add({ endpoint: 'response', fault: { kind: 'delay', ms: 150 } });
  const invoked = await handedOut(run, { ms: 0 });
  await untilAnswering(run);
  await checkEnd(context, run, { signals: ['SIGTERM'], within: DRAIN_MS_MAX + SLACK_MS });
  assert.deepEqual((await invoked.result).payload, { ms: 0, pid: run.child.child.pid });
});

test('a Runtime API that never takes the answer does not hold the process', async (context) => {
  const within = 2 * DRAIN_MS_MAX + SLACK_MS;
  for (const ms of [0, 60_000]) {
    const run = await start(context, {});
    const fault = { kind: 'delay', ms: within + 1000 } as const;
    run.emulator.faults.add({ endpoint: ms === 0 ? 'response' : 'error', fault });
    await handedOut(run, { ms });
    if (ms === 0) await untilAnswering(run);
    await checkEnd(context, run, { signals: ['SIGTERM'], within });
  }
});

for (const [handler, what] of [
  ['slow-init.handler', 'keeps its thread busy'],
  ['never-loads.handler', 'never ends'],
] as const) {
  test(`an Init that ${what} is given up`, async (context) => {
    const env = { INIT_MS: '60000' };
    const emulator = await Emulator.start({ onLog: () => {} });
    context.after(() => emulator.close());
    const { runtimeApi } = emulator;
    const child = new RuntimeChild(context, { handler, runtimeApi, env });
    await child.until(hasBegunInit);
    const run = { emulator, child };
    await checkEnd(context, run, { signals: ['SIGTERM'], within: SLACK_MS });
    assert.deepEqual(endpoints(run), []);
  });
}

test('a signal that comes before the supervisor is loaded ends it all the same', async (context) => {
  const emulator = await Emulator.start({ onLog: () => {} });
  context.after(() => emulator.close());
  const { runtimeApi } = emulator;
  const env = { NODE_OPTIONS: '--import ./slow-supervisor.mjs', LOAD_MS: '1000' };
  const child = new RuntimeChild(context, { handler: 'never-loads.handler', runtimeApi, env });
  await child.until(({ stderr }) => stderr.includes('loading the supervisor'));
  const run = { emulator, child };
  await checkEnd(context, run, { signals: ['SIGTERM'], within: 1000 + SLACK_MS });
  assert.deepEqual(endpoints(run), []);
});

function hasBegunInit({ stdout }: RuntimeChild): boolean {
  return stdout.includes('\tINFO\tloading');
}

type Run = { readonly emulator: Emulator; readonly child: RuntimeChild };

async function start(
  context: TestContext,
  env: Readonly<Record<string, string>>,
  handler = 'slow.handler',
): Promise<Run> {
  const emulator = await Emulator.start({ timeoutMs: 60_000, onLog: () => {} });
  context.after(() => emulator.close());
  const child = new RuntimeChild(context, { handler, runtimeApi: emulator.runtimeApi, env });
  await Promise.race([emulator.waitForPoll(), child.failure()]);
  return { emulator, child };
}

type HandedOut = { readonly result: Promise<InvokeResult> };

/** Invokes, and resolves when the event is with the runtime; its result is still to come. */
async function handedOut({ emulator }: Run, event: unknown): Promise<HandedOut> {
  const result = emulator.invoke(event);
  await emulator.waitForExchange(({ endpoint }) => endpoint === 'next');
  return { result };
}

/** Resolves when an answer has reached the Runtime API, which has not replied to it yet. */
async function untilAnswering(run: Run): Promise<void> {
  while (!endpoints(run).includes('response')) await turn();
}

type Ending = {
  readonly signals: readonly NodeJS.Signals[];
  readonly within: number;
};

/** Returns how long it took from the first signal, ms. */
async function checkEnd(context: TestContext, run: Run, ending: Ending): Promise<number> {
  const { child } = run;
  const signalledAtMs = performance.now();
  for (const [index, signal] of ending.signals.entries()) {
    // Signals that are pending together would be merged.
    if (index > 0) await wait(SIGNAL_PAUSE_MS);
    child.child.kill(signal);
  }
  const { exitCode, endedAtMs } = await child.ended;
  const tookMs = Math.round(endedAtMs - signalledAtMs);
  context.diagnostic(`ended ${tookMs} ms after ${ending.signals[0]}`);
  assert.equal(exitCode, 0, child.text);
  assert.ok(tookMs < ending.within, `it took ${tookMs} ms to end`);
  const [stopped] = child.events.filter(({ event }) => event === 'stopped');
  assert.equal(stopped?.['level'], 'INFO');
  // On a busy machine two may be pending after all, and the system's order is its own.
  const reasons = ending.signals.map((signal) => `Received ${signal}`);
  assert.ok(reasons.includes(String(stopped?.['reason'])), child.text);
  return tookMs;
}

function checkShutdown({ requestId, functionError, payload }: InvokeResult): void {
  assert.equal(functionError, 'Unhandled');
  const { errorType, errorMessage } = payload as Record<string, unknown>;
  assert.equal(errorType, 'Runtime.Shutdown');
  const why = 'Stopped because the environment is shutting down';
  assert.equal(errorMessage, `RequestId: ${requestId} Error: ${why}`);
}

function endpoints({ emulator }: Run): readonly string[] {
  return emulator.exchanges.map(({ endpoint }) => endpoint);
}
