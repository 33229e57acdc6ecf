// Managed Instances: what is set of events at once and of threads, and what cannot be.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Emulator } from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';

const LANES = 'AWS_LAMBDA_MAX_CONCURRENCY';
const THREADS = 'AWS_LAMBDA_NODEJS_WORKER_COUNT';
/** Enough for three threads, which is less than the default for a single processor. */
const MEMORY = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' } as const;
const THREADS_IN_MEMORY = 3;

type Env = Readonly<Record<string, string>>;

for (const text of ['0', '-1', 'abc', '99999999', '1.5', '3 4']) {
  for (const [variable, max] of [
    [LANES, 10_000],
    [THREADS, 1000],
  ] as const) {
    test(`${variable}="${text}" is refused, and named`, async (context) => {
      const emulator = await Emulator.start({ onLog: () => {} });
      context.after(() => emulator.close());
      const env = { [LANES]: '8', ...MEMORY, [variable]: text };
      const child = new RuntimeChild(context, {
        handler: 'neighbours.handler',
        runtimeApi: emulator.runtimeApi,
        env,
      });

      const { exitCode } = await child.ended;

      const says = `Cannot use ${variable}="${text}": it accepts a whole number from 1 to ${max}`;
      assert.equal(child.stderr, `bulkhead: ${says}\n`);
      assert.equal(exitCode, 2);
      const [posted, ...others] = emulator.exchanges;
      assert.deepEqual([posted?.endpoint, posted?.status, others.length], ['initError', 202, 0]);
      const { errorType, errorMessage } = JSON.parse(String(posted?.requestBody));
      assert.deepEqual([errorType, errorMessage], ['Runtime.InvalidSetting', says]);
    });
  }
}

/** What there is of threads is what the memory holds, unless it is said. */
for (const [what, env, lanes, threads] of [
  ['no number of threads', { [LANES]: '10' }, 10, THREADS_IN_MEMORY],
  ['an empty number of threads', { [LANES]: '10', [THREADS]: '' }, 10, THREADS_IN_MEMORY],
  ['more threads than events', { [LANES]: '2', [THREADS]: '5' }, 2, 2],
  ['fewer threads than events', { [LANES]: '7', [THREADS]: ' 2 ' }, 7, 2],
  ['an empty number of events', { [LANES]: '' }, THREADS_IN_MEMORY, THREADS_IN_MEMORY],
  ['an empty number of events, and threads', { [LANES]: '', [THREADS]: '2' }, 2, 2],
] as const) {
  test(`${what}: ${lanes} events at once on ${threads} threads`, async (context) => {
    const { child, emulator, told } = await startCounting(context, env);

    await emulator.waitForPoll({ count: lanes, timeoutMs: 60_000 });
    const used = await told(lanes);
    await emulator.waitForPoll({ count: lanes });

    assert.equal(child.events.filter(({ event }) => event === 'worker_started').length, threads);
    assert.ok(used.every(({ isTraced }) => !isTraced));
    assert.equal(emulator.peakLoad.both, lanes);
  });
}

test('no number of events: one at a time, whatever is said of threads', async (context) => {
  const { emulator, told } = await startCounting(context, { [THREADS]: 'abc' });

  for (let round = 0; round < 3; round += 1) {
    await emulator.waitForPoll();
    const [{ isTraced } = { isTraced: false }] = await told(1);
    assert.equal(isTraced, true);
  }
  assert.equal(emulator.peakLoad.both, 1);
});

test('without workers there is one event at a time, and a line says so', async (context) => {
  const env = { [LANES]: '4', BULKHEAD_ISOLATION: 'none' };
  const { child, emulator, told } = await startCounting(context, env);

  await emulator.waitForPoll();
  await told(1);
  await emulator.waitForPoll();

  assert.equal(emulator.peakLoad.both, 1);
  const says = `Takes 1 events at once instead of ${LANES}=4`;
  assert.ok(child.events.some(({ message }) => String(message).includes(says)));
});

/** A runtime, and an emulator that would let it have more polls than it is to have. */
async function startCounting(context: TestContext, env: Env) {
  const emulator = await Emulator.start({ concurrency: 100, timeoutMs: 20_000, onLog: () => {} });
  context.after(() => emulator.close());
  const child = new RuntimeChild(context, {
    handler: 'neighbours.handler',
    runtimeApi: emulator.runtimeApi,
    env: { ...MEMORY, BULKHEAD_STANDBY: '0', AWS_LAMBDA_RUNTIME_VERBOSE: '1', ...env },
  });
  child.failure().catch(() => {});
  const told = async (count: number): Promise<Told[]> => {
    const steps = [['wait', 100]];
    const all = Array.from({ length: count }, () => emulator.invoke({ steps }));
    return (await Promise.all(all)).map(({ payload }) => payload as Told);
  };
  return { child, emulator, told };
}

type Told = { readonly isTraced: boolean };
