// Managed Instances: SIGTERM with several in flight, and an Init that fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DRAIN_MS_MAX } from '../../src/core/limits.ts';
import { Emulator, type InvokeResult } from '../../src/emulator/emulator.ts';
import { Gate } from '../support/gate.ts';
import { RuntimeChild } from '../support/runtime-child.ts';
import { makeFolder } from '../unit/workers/temporary-folder.ts';

/** From the signal to the end of the process beyond the grace, ms; on a busy machine. */
const SLACK_MS = 600;
const LANES = 16;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal}: who ends in time has its result, the others are told`, async (context) => {
    const { child, emulator, gate, hold } = await start(context);
    const ending: Held[] = [];
    while (new Set(ending.map(({ threadId }) => threadId)).size < 2) {
      assert.ok(ending.length < LANES - 3, 'one of two threads gets no event');
      ending.push(await hold(`ends-${ending.length}`));
    }
    const staying = [await hold('stays-0'), await hold('stays-1')];
    const spinning = await hold('spins', [['spin']]);
    gate.open('spins');

    const signalledAtMs = performance.now();
    child.child.kill(signal);
    for (const { name } of ending) gate.open(name);
    const { exitCode, endedAtMs } = await child.ended;

    const isBeside = (one: Held): boolean => one.threadId === spinning.threadId;
    for (const held of ending) {
      const { functionError, payload, requestId } = await held.result;
      if (isBeside(held)) continue;
      assert.deepEqual([functionError, Object(payload).requestId], [undefined, requestId]);
    }
    for (const { result } of [...staying, spinning]) checkShutdown(await result);
    assert.equal(exitCode, 0, child.text);
    const tookMs = Math.round(endedAtMs - signalledAtMs);
    assert.ok(tookMs < DRAIN_MS_MAX + SLACK_MS, `it took ${tookMs} ms to end`);
    const accepted = emulator.exchanges.filter(({ status }) => status === 202);
    const names = [...ending, ...staying, spinning].map(({ name }) => name);
    assert.deepEqual(accepted.map(({ requestId }) => requestId).sort(), names.sort());
  });
}

test('an answer whose reply does not come in time is not sent again', async (context) => {
  const { child, emulator, hold } = await start(context);
  for (const name of ['a', 'b']) await hold(name);
  const delay = { kind: 'delay', ms: 2 * DRAIN_MS_MAX + SLACK_MS } as const;
  emulator.faults.add({ endpoint: 'error', fault: delay });
  child.child.kill('SIGTERM');
  const { exitCode } = await child.ended;

  const posted = emulator.exchanges.filter(({ endpoint }) => endpoint === 'error');
  assert.deepEqual(posted.map(({ path }) => path.split('/').at(-2)).sort(), ['a', 'b']);
  assert.equal(exitCode, 0, child.text);
});

test('with all polls parked it ends at once', async (context) => {
  const { child, emulator } = await start(context);
  const signalledAtMs = performance.now();
  child.child.kill('SIGTERM');
  const { exitCode, endedAtMs } = await child.ended;

  assert.equal(exitCode, 0, child.text);
  assert.ok(endedAtMs - signalledAtMs < DRAIN_MS_MAX + SLACK_MS);
  assert.ok(emulator.exchanges.every(({ endpoint }) => endpoint === 'next'));
});

test('an Init that fails is told once, and no second thread is started', async (context) => {
  const folder = makeFolder(context, {
    'index.mjs': `
      import { appendFileSync } from 'node:fs';
      appendFileSync(new URL('./starts', import.meta.url), 'start\\n');
      throw new RangeError('no such table');
    `,
  });
  const emulator = await Emulator.start({ concurrency: LANES, onLog: () => {} });
  context.after(() => emulator.close());
  const child = new RuntimeChild(context, {
    handler: join(folder, 'index.handler'),
    runtimeApi: emulator.runtimeApi,
    env: { AWS_LAMBDA_MAX_CONCURRENCY: String(LANES), AWS_LAMBDA_NODEJS_WORKER_COUNT: '4' },
  });

  const { exitCode } = await child.ended;

  assert.equal(exitCode, 1, child.text);
  assert.equal(readFileSync(join(folder, 'starts'), 'utf8'), 'start\n');
  const [posted, ...others] = emulator.exchanges;
  assert.deepEqual([posted?.endpoint, posted?.status, others.length], ['initError', 202, 0]);
  const { errorType, errorMessage } = JSON.parse(String(posted?.requestBody));
  assert.deepEqual([errorType, errorMessage], ['RangeError', 'no such table']);
});

type Held = {
  readonly name: string;
  readonly threadId: number;
  readonly result: Promise<InvokeResult>;
};

async function start(context: TestContext) {
  const gate = await Gate.start(context);
  const emulator = await Emulator.start({
    concurrency: LANES,
    timeoutMs: 60_000,
    onLog: () => {},
  });
  context.after(() => emulator.close());
  const child = new RuntimeChild(context, {
    handler: 'neighbours.handler',
    runtimeApi: emulator.runtimeApi,
    env: {
      AWS_LAMBDA_MAX_CONCURRENCY: String(LANES),
      AWS_LAMBDA_NODEJS_WORKER_COUNT: '2',
      GATE: gate.address,
    },
  });
  const parked = emulator.waitForPoll({ count: LANES, timeoutMs: 60_000 });
  await Promise.race([parked, child.failure()]);
  const hold = async (name: string, steps: readonly unknown[] = []): Promise<Held> => {
    const event = { steps: [['gate', name], ...steps] };
    const result = emulator.invoke(event, { requestId: name });
    return { ...(await gate.arrived(name)), result };
  };
  return { child, emulator, gate, hold };
}

function checkShutdown({ requestId, functionError, payload }: InvokeResult): void {
  assert.equal(functionError, 'Unhandled');
  const { errorType, errorMessage } = payload as Record<string, unknown>;
  assert.equal(errorType, 'Runtime.Shutdown');
  const why = 'Stopped because the environment is shutting down';
  assert.equal(errorMessage, `RequestId: ${requestId} Error: ${why}`);
}
