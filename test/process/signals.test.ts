// Listeners for signals in the handler's thread: they are called as in any Node process, and have
// the time of a drain for what they do.
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { type TestContext, test } from 'node:test';
import { DRAIN_MS_MAX } from '../../src/core/limits.ts';
import { Emulator } from '../../src/emulator/emulator.ts';
import { RuntimeChild } from '../support/runtime-child.ts';

/** From the limit of the drain to the end of the process, ms; on a busy machine. */
const SLACK_MS = 600;

type Run = { readonly emulator: Emulator; readonly child: RuntimeChild };
type Env = Readonly<Record<string, string>>;

async function start(context: TestContext, env: Env = {}): Promise<Run> {
  const emulator = await Emulator.start({ timeoutMs: 60_000, onLog: () => {} });
  context.after(() => emulator.close());
  const { runtimeApi } = emulator;
  const child = new RuntimeChild(context, { handler: 'signals.handler', runtimeApi, env });
  if (env['THEN'] === 'load') await child.until(({ stdout }) => stdout.includes('\tloading\n'));
  else await Promise.race([emulator.waitForPoll(), child.failure()]);
  return { emulator, child };
}

/** What the handler's thread has logged. */
function told({ child }: Run): string[] {
  return child.lines.map((line) => line.split('\t').at(-1) ?? '');
}

/** Sends the signal, and resolves with how long the process has taken to end with 0, ms. */
async function stop({ child }: Run, signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
  const signalledAtMs = performance.now();
  child.child.kill(signal);
  const { exitCode, endedAtMs } = await child.ended;
  assert.equal(exitCode, 0, child.text);
  return endedAtMs - signalledAtMs;
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} calls the listeners of an idle worker, which ends when they are done`, async (t) => {
    const run = await start(t, { LISTENS_FOR: signal });
    const tookMs = await stop(run, signal);
    const number = constants.signals[signal];
    // The last line says that the thread has ended by itself: nobody has ended it.
    assert.deepEqual(told(run), [`heard ${signal} ${number}`, 'flushed', 'exit listener 0']);
    assert.ok(tookMs < DRAIN_MS_MAX + SLACK_MS, `it took ${tookMs} ms`);
  });
}

test('a listener that ends its process ends the service, and no worker is replaced', async (t) => {
  const run = await start(t, { THEN: 'exit', AWS_LAMBDA_LOG_LEVEL: 'DEBUG' });
  await stop(run);
  assert.deepEqual(told(run), ['heard SIGTERM 15', 'exit listener 3']);
  const { events } = run.child;
  const ends = events.filter(({ event }) => event === 'worker_ended');
  assert.deepEqual(
    ends.map(({ cause }) => cause),
    ['drain'],
    run.child.text,
  );
  assert.equal(events.filter(({ event }) => event === 'worker_started').length, 1);
});

test('what a listener leaves running has the time of a drain, and no more', async (t) => {
  const run = await start(t, { THEN: 'linger' });
  const tookMs = await stop(run);
  assert.deepEqual(told(run), ['heard SIGTERM 15', 'flushed']);
  // Two clocks are compared here.
  assert.ok(tookMs >= DRAIN_MS_MAX - 5, `it took ${tookMs} ms`);
  assert.ok(tookMs < DRAIN_MS_MAX + SLACK_MS, `it took ${tookMs} ms`);
});

test('listeners are called while a handler runs, which keeps its answer', async (t) => {
  const run = await start(t);
  const invoked = run.emulator.invoke({ ms: 50 });
  await run.emulator.waitForExchange(({ endpoint }) => endpoint === 'next');
  await stop(run);
  assert.equal((await invoked).payload, 'answered');
  assert.deepEqual(told(run), ['heard SIGTERM 15', 'flushed', 'exit listener 0']);
});

test('with a worker for each invocation the listeners may finish as well', async (t) => {
  const run = await start(t, { BULKHEAD_ISOLATION: 'invocation', BULKHEAD_STANDBY: '0' });
  const invoked = run.emulator.invoke({ ms: 10 });
  await run.emulator.waitForExchange(({ endpoint }) => endpoint === 'next');
  await stop(run);
  assert.equal((await invoked).payload, 'answered');
  assert.deepEqual(told(run), ['heard SIGTERM 15', 'flushed', 'exit listener 0']);
});

test('what a listener throws is the answer of the invocation in flight', async (t) => {
  const run = await start(t, { THEN: 'throw' });
  const invoked = run.emulator.invoke({ ms: 60_000 });
  await run.emulator.waitForExchange(({ endpoint }) => endpoint === 'next');
  await stop(run);
  const { errorType, errorMessage } = (await invoked).payload as Record<string, unknown>;
  assert.deepEqual(
    [errorType, errorMessage],
    ['Runtime.UnhandledPromiseRejection', 'Error: by a listener'],
  );
});

test('each worker has its listeners called, a standby too', async (t) => {
  const run = await start(t, { BULKHEAD_STANDBY: '1', AWS_LAMBDA_LOG_LEVEL: 'DEBUG' });
  const isStarted = ({ event }: Record<string, unknown>): boolean => event === 'worker_started';
  await run.child.until(({ events }) => events.filter(isStarted).length === 2);
  await stop(run);
  assert.equal(told(run).filter((line) => line === 'flushed').length, 2, run.child.text);
});

test('a listener that is there before Init is over is called', async (t) => {
  const run = await start(t, { THEN: 'load' });
  const tookMs = await stop(run);
  assert.deepEqual(told(run), ['loading', 'heard SIGTERM 15', 'flushed']);
  assert.ok(tookMs < DRAIN_MS_MAX + SLACK_MS, `it took ${tookMs} ms`);
});

test('without a listener a signal that ends the service runs no exit listener', async (t) => {
  const run = await start(t, { LISTENS_FOR: '' });
  await stop(run);
  assert.deepEqual(told(run), []);
});

test('on the main thread listeners have the same time', async (t) => {
  const run = await start(t, { BULKHEAD_ISOLATION: 'none' });
  await stop(run);
  assert.deepEqual(told(run), ['heard SIGTERM 15', 'flushed', 'exit listener 0']);
});

test('a signal that a handler sends to its own process ends the environment', async (t) => {
  const run = await start(t);
  const invoked = run.emulator.invoke({ kill: 'SIGTERM', ms: 10 });
  const { exitCode } = await run.child.ended;
  assert.equal(exitCode, 0, run.child.text);
  assert.equal((await invoked).payload, 'answered');
  assert.deepEqual(told(run), ['heard SIGTERM 15', 'flushed', 'exit listener 0']);
});

test('another signal reaches whoever listens for it, and the service goes on', async (t) => {
  const run = await start(t, { LISTENS_FOR: 'SIGUSR2,SIGHUP' });
  for (const name of ['SIGUSR2', 'SIGHUP'] as const) {
    await run.emulator.invoke({});
    run.child.child.kill(name);
    const line = `heard ${name} ${constants.signals[name]}\n`;
    await run.child.until(({ stdout }) => stdout.includes(line));
  }
  assert.equal((await run.emulator.invoke({})).payload, 'answered');
  await stop(run);
});

test('a signal that is not handed on reaches no listener', async (t) => {
  const run = await start(t, { LISTENS_FOR: 'SIGPIPE,SIGCHLD' });
  for (const name of ['SIGPIPE', 'SIGCHLD'] as const) run.child.child.kill(name);
  assert.equal((await run.emulator.invoke({ ms: 20 })).payload, 'answered');
  await stop(run);
  assert.deepEqual(told(run), []);
});

for (const [what, listensFor, event] of [
  ['that nobody listens for', '', {}],
  ['that nobody listens for any more', 'SIGUSR2', { forget: 'SIGUSR2' }],
] as const) {
  test(`a signal ${what} ends the process as it ends any`, async (t) => {
    const run = await start(t, { LISTENS_FOR: listensFor });
    await run.emulator.invoke(event);
    run.child.child.kill('SIGUSR2');
    const { signal } = await run.child.ended;
    assert.equal(signal, 'SIGUSR2', run.child.text);
  });
}
