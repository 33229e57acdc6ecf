import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import type { InvocationAborted } from '../../../src/core/bulkhead-context.ts';
import type * as Module from '../../../workers/invocation-signal.ts';
import { addSignal, InvocationSignal } from '../../../workers/invocation-signal.ts';

const DAY_MS = 86_400_000;
let copies = 0;

type Timer = { readonly run: () => void; readonly ms: number };

/** The module with a clock and timers that are the test's; the last timer is the one that runs. */
async function importMocked(t: TestContext) {
  const timers: Timer[] = [];
  t.mock.timers.enable({ apis: ['Date'], now: 0 });
  const faked = t.mock.method(globalThis, 'setTimeout', (run: () => void, ms: number) => {
    timers.push({ run, ms });
  });
  copies += 1;
  const path = `../../../workers/invocation-signal.ts?copy=${copies}`;
  const { InvocationSignal: Mocked }: typeof Module = await import(path);
  faked.mock.restore();
  return {
    timers,
    Mocked,
    /** Runs the timer at that time. */
    fire(nowEpochMs: number): void {
      t.mock.timers.setTime(nowEpochMs);
      timers.at(-1)?.run();
    },
  };
}

/** The timers of this process that keep its loop alive. */
function timerCount(): number {
  return process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
}

test('a signal that nobody reads costs neither a timer nor a controller', () => {
  const before = timerCount();
  const signal = new InvocationSignal({ softEpochMs: Date.now() + DAY_MS, deadlineEpochMs: 0 });
  addSignal({}, { signal });

  assert.equal(timerCount(), before);
  signal.read();
  assert.equal(timerCount(), before + 1, 'the first read starts one');
  signal.read();
  assert.equal(timerCount(), before + 1, 'and no other does');
  signal.end();
  assert.equal(timerCount(), before);
});

test('it aborts at the soft deadline and says how much is left', async () => {
  const softEpochMs = Date.now() + 20;
  const signal = new InvocationSignal({ softEpochMs, deadlineEpochMs: softEpochMs + 5000 }).read();
  await once(signal, 'abort');

  const reason: InvocationAborted = signal.reason;
  assert.ok(Date.now() >= softEpochMs);
  assert.ok(reason instanceof Error);
  assert.equal(reason.name, 'AbortError');
  assert.equal(reason.code, 'ABORT_ERR');
  assert.equal(reason.reason, 'deadline');
  const leftMs = /^The invocation must end: (\d+) ms are left until its deadline$/.exec(
    reason.message,
  )?.[1];
  assert.ok(Number(leftMs) > 4000 && Number(leftMs) <= 5000, reason.message);
});

test('read after the soft deadline, it has aborted already', () => {
  const signal = new InvocationSignal({ softEpochMs: Date.now() - 1, deadlineEpochMs: undefined });
  assert.equal(signal.read().aborted, true);
});

test('no wait is too long for it, and a timer that comes early is not the end', async (t) => {
  const { Mocked, fire, timers } = await importMocked(t);
  const signal = new Mocked({ softEpochMs: 100 * DAY_MS, deadlineEpochMs: undefined }).read();
  fire(100 * DAY_MS - 1);
  assert.equal(signal.aborted, false);
  assert.deepEqual([timers.length, timers[1]?.ms], [2, 1]);
  fire(100 * DAY_MS);
  assert.equal(signal.aborted, true);
});

test('a clock that jumps while the environment is frozen is noticed within a second', async (t) => {
  const { Mocked, fire, timers } = await importMocked(t);
  const signal = new Mocked({ softEpochMs: 50_000, deadlineEpochMs: undefined }).read();
  assert.equal(timers[0]?.ms, 1000);
  fire(60_000);
  assert.equal(signal.aborted, true);
});

test('without a soft deadline it waits for the shutdown only', () => {
  const before = timerCount();
  const signal = new InvocationSignal({ softEpochMs: undefined, deadlineEpochMs: undefined });
  const read = signal.read();
  assert.equal(timerCount(), before);
  signal.abort('shutdown');
  assert.equal(read.reason.reason, 'shutdown');
  assert.equal(
    read.reason.message,
    'The invocation must end: the environment shuts down in 300 ms',
  );
});

test('a shutdown before the first read is told at the first read, and the first cause stays', () => {
  const signal = new InvocationSignal({ softEpochMs: Date.now() - 1, deadlineEpochMs: undefined });
  signal.abort('shutdown');
  assert.equal(signal.read().reason.reason, 'shutdown');
  signal.abort('deadline');
  assert.equal(signal.read().reason.reason, 'shutdown');
});

test('after the end nothing aborts any more, and a first read starts no timer', () => {
  const before = timerCount();
  const signal = new InvocationSignal({ softEpochMs: Date.now() + 50, deadlineEpochMs: 0 });
  signal.end();
  assert.equal(signal.read().aborted, false);
  assert.equal(timerCount(), before);
  signal.abort('shutdown');
  assert.equal(signal.read().aborted, false);
});

function contextWithSignal(): { readonly id: string; signal: AbortSignal } {
  const signal = new InvocationSignal({ softEpochMs: undefined, deadlineEpochMs: undefined });
  return addSignal({ id: 'r-1' }, { signal });
}

test('the context shows what it shows without a signal', () => {
  const context = contextWithSignal();
  assert.deepEqual(Object.keys(context), ['id']);
  assert.equal(JSON.stringify(context), '{"id":"r-1"}');
  assert.equal(inspect(context), "{ id: 'r-1' }");
  assert.deepEqual(Reflect.ownKeys(context), ['id', 'signal']);
});

test('the signal is one and the same, also through an object that inherits from the context', () => {
  const context = contextWithSignal();
  const { signal } = context;
  assert.ok(signal instanceof AbortSignal);
  assert.equal(context.signal, signal);
  assert.equal(Object.create(context).signal, signal);
  assert.equal({ ...context }.signal, undefined, 'a copy does not have it');
});

test('the signal can be replaced like any property of the context', () => {
  const context = contextWithSignal();
  const { signal } = new AbortController();
  context.signal = signal;
  assert.equal(context.signal, signal);
});

test('a signal that is released aborts as before, and keeps no loop alive', async (t) => {
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const before = timerCount();
  const signal = new InvocationSignal({ softEpochMs: Date.now() + 50, deadlineEpochMs: undefined });
  t.after(() => signal.end());
  const aborted = once(signal.read(), 'abort', { signal: AbortSignal.timeout(5000) });
  assert.equal(timerCount(), before + 1);
  signal.release();
  assert.equal(timerCount(), before);
  await aborted;
});

test('a signal that is read after its release keeps no loop alive', (t) => {
  const before = timerCount();
  const softEpochMs = Date.now() + 60_000;
  const signal = new InvocationSignal({ softEpochMs, deadlineEpochMs: undefined });
  t.after(() => signal.end());
  signal.release();
  signal.read();
  assert.equal(timerCount(), before);
});
