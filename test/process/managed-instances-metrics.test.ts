// Managed Instances: what the metrics say of polls, invocations and threads.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ManagedFunction, toError, toTold } from '../support/managed-function.ts';
import { PATIENTLY } from '../support/until.ts';

test('what is parked, what runs, and which threads there are', async (context) => {
  const { managed, read } = await start(context, { concurrency: 4, threads: 2 });
  const { emulator } = managed;
  await context.waitFor(async () => assert.equal((await read()).threads['ready'], 2), PATIENTLY);
  const idle = await read();
  const held = [await managed.hold('a'), await managed.hold('b'), await managed.hold('c')];
  const busy = await read();
  for (const { go } of held) go();
  for (const { result } of held) toTold(await result);
  await emulator.waitForPoll({ count: 4 });

  assert.deepEqual([idle.parked, idle.running, idle.queued], [4, 0, 0]);
  assert.deepEqual([busy.parked, busy.running, busy.queued], [1, 3, 0]);
  const { busy: working = 0, ready = 0, ...others } = busy.threads;
  assert.deepEqual([working > 0, working + ready, others], [true, 2, { ending: 0, stuck: 0 }]);
  const loads = [...busy.load.values()];
  assert.deepEqual([loads.length, loads.reduce((sum, load) => sum + load, 0)], [2, 3]);
  assert.equal(busy.loopDelayS.size, 2);
  await context.waitFor(async () => {
    const { parked, running, queued } = await read();
    assert.deepEqual([parked, running, queued], [4, 0, 0]);
  }, PATIENTLY);
});

test('a loop that does not turn shows in its delay', async (context) => {
  const { managed, read } = await start(context, { concurrency: 2, threads: 2 });
  const heavy = await managed.hold('heavy', [['burnUntil', Date.now() + 2000]]);
  heavy.go();
  await context.waitFor(async () => {
    const { loopDelayS } = await read();
    const late = [...loopDelayS.values()].filter((delayS) => delayS >= 0.25);
    assert.deepEqual([loopDelayS.size, late.length], [2, 1]);
  }, PATIENTLY);
  toTold(await heavy.result);
});

test('neighbours that were hurt are counted, and a lost thread is replaced', async (context) => {
  const { managed, read } = await start(context, { concurrency: 4, threads: 1 });
  const culprit = await managed.hold('culprit', [['exit']]);
  const near = [await managed.hold('a'), await managed.hold('b')];
  culprit.go();
  for (const { result } of [culprit, ...near]) toError(await result);
  await managed.emulator.waitForPoll({ count: 4 });

  await context.waitFor(async () => {
    const { outcomes, parked, queued, threads } = await read();
    assert.deepEqual([outcomes['crash'], outcomes['neighbour']], [1, 2]);
    assert.deepEqual([parked, queued], [4, 0]);
    assert.deepEqual(threads, { ready: 1, ending: 0, stuck: 0 });
  }, PATIENTLY);
});

test('a thread that one has overrun in is retiring while the others finish', async (context) => {
  const { managed, read } = await start(context, { concurrency: 4, threads: 1 });
  const near = await managed.hold('near');
  const late = await managed.hold('late', [], { timeoutMs: 1000 });
  toError(await late.result);
  await managed.emulator.waitForPoll({ count: 3 });
  const { threads } = await read();
  near.go();
  toTold(await near.result);

  assert.deepEqual(threads, { ready: 1, retiring: 1, ending: 0, stuck: 0 });
  await context.waitFor(async () => {
    assert.deepEqual((await read()).threads, { ready: 1, ending: 0, stuck: 0 });
  }, PATIENTLY);
});

type Reading = {
  readonly parked: number | undefined;
  readonly running: number | undefined;
  readonly queued: number | undefined;
  readonly threads: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly load: ReadonlyMap<string, number>;
  readonly loopDelayS: ReadonlyMap<string, number>;
};

async function start(
  context: TestContext,
  options: { readonly concurrency: number; readonly threads: number },
) {
  const port = await freePort();
  const env = { BULKHEAD_METRICS_PORT: String(port) };
  const managed = await ManagedFunction.start(context, { ...options, env });
  const read = async (): Promise<Reading> => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const all = parseMetrics(text);
    const of = (noun: string): ReadonlyMap<string, number> =>
      all.get(`lambda_runtime_${noun}`) ?? new Map();
    return {
      parked: of('polls_parked').get(''),
      running: of('invocations_running').get(''),
      queued: of('events_queued').get(''),
      threads: Object.fromEntries(of('threads')),
      outcomes: Object.fromEntries(of('invocations_total')),
      load: of('thread_invocations'),
      loopDelayS: of('thread_loop_delay_seconds'),
    };
  };
  await context.waitFor(read, PATIENTLY);
  return { managed, read };
}

/** Values by the name of the metric and the value of its only label, '' without one. */
function parseMetrics(text: string): Map<string, Map<string, number>> {
  const all = new Map<string, Map<string, number>>();
  for (const line of text.split('\n')) {
    const [, name, label = '', value] =
      /^(\w+)(?:\{\w+="([^"]*)"\})? (\S+)$/.exec(line) ?? ([] as const);
    if (name === undefined) continue;
    const values = all.get(name) ?? new Map<string, number>();
    values.set(label, Number(value));
    all.set(name, values);
  }
  return all;
}

/** Nobody has it now, and nobody is given it soon again. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
