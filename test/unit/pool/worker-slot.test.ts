import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Invocation } from '../../../src/core/invocation.ts';
import { STREAM_WINDOW_BYTES } from '../../../src/core/limits.ts';
import type { ResponseStream } from '../../../src/core/ports.ts';
import type { WorkerSetup } from '../../../src/core/thread-protocol.ts';
import { ThreadSession } from '../../../src/evidence/thread-session.ts';
import { LaunchedThread } from '../../../src/pool/thread-launch.ts';
import { WorkerSlot } from '../../../src/pool/worker-slot.ts';
import type { WorkerSlotOptions } from '../../../src/pool/worker-slot-options.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { PausedClock } from './paused-clock.ts';

const ENTRY = new URL('../../fixtures/threads/leaves-when-ready.cjs', import.meta.url);
const LEAVING = new URL('../../fixtures/threads/leaves-at-once.cjs', import.meta.url);
const GREEDY = new URL('../../fixtures/threads/streams-too-much.cjs', import.meta.url);
const SPINNING = new URL('../../fixtures/threads/spins-when-ready.cjs', import.meta.url);
const STAYING = new URL('../../fixtures/threads/stays-ready.cjs', import.meta.url);

type Made = { readonly slot: WorkerSlot; readonly ends: EventEmitter };

/** A slot with a thread of its own; `ends` tells `ended`. */
function makeSlot(
  entry: URL,
  changes: Partial<WorkerSlotOptions> = {},
  setup: Readonly<Record<string, unknown>> = {},
): Made {
  const ends = new EventEmitter();
  const ignore = (): void => {};
  const slot = new WorkerSlot({
    id: 1,
    role: 'active',
    clock: systemClock,
    entry: fileURLToPath(entry),
    setup: { argv: [], ...setup } as unknown as WorkerSetup,
    heapLimitMb: undefined,
    onListening: ignore,
    onTerminate: ignore,
    onLost: ignore,
    onEnded: () => ends.emit('ended'),
    ...changes,
  });
  return { slot, ends };
}

test('a thread that leaves as it becomes ready is never taken for a ready one', async () => {
  const causes: string[] = [];
  const { slot, ends } = makeSlot(ENTRY, {
    onLost: (lost) => causes.push(lost.endCause ?? 'none'),
  });
  const ended = once(ends, 'ended');
  const starting = slot.start();
  // This thread does not look before both are there: the result, and the death behind it.
  const untilMs = performance.now() + 500;
  while (performance.now() < untilMs);

  const result = await starting;
  await ended;
  assert.equal(slot.state, 'gone');
  // Either the start has failed, or the slot was ready first and died idle: whoever owns it learns
  // of it once, by the one way or the other.
  assert.deepEqual(causes, [result.kind === 'ready' ? 'idle_crash' : 'init']);
});

test('a thread that has left before there is a slot for it fails to start', async () => {
  const launched = new LaunchedThread({
    entry: fileURLToPath(LEAVING),
    setup: { argv: [] } as unknown as WorkerSetup,
    heapLimitMb: undefined,
  });
  await new Promise((resolve) => launched.worker.once('exit', resolve));
  const causes: (string | undefined)[] = [];
  const { slot, ends } = makeSlot(LEAVING, {
    launched,
    onLost: (lost) => causes.push(lost.endCause),
  });
  const ended = once(ends, 'ended');
  const result = await slot.start();
  assert.ok(result.kind === 'failure');
  assert.match(result.error.errorMessage, /7/);
  await ended;
  assert.deepEqual([slot.state, ...causes], ['gone', 'init']);
});

test('the age of a worker is that at the beginning of its invocation', async () => {
  const clock = new PausedClock();
  const { slot, ends } = makeSlot(STAYING, { clock });
  await slot.start();
  clock.pass(10);
  slot.state = 'busy';
  const invocation = { requestId: 'r', event: new Uint8Array() } as Invocation;
  const invoked = slot.invoke(invocation, undefined, () => undefined);
  clock.pass(1000);
  const result = await invoked;
  const ended = once(ends, 'ended');
  slot.end('drain');
  await ended;
  assert.ok(result.kind === 'result');
  assert.deepEqual(result.worker, { ageMs: 10, invocationCount: 1 });
});

test('whoever shares memory with a thread is told before it is ended, however it ends', async () => {
  for (const way of ['end', 'retire'] as const) {
    const told: unknown[] = [];
    const log = { owner: 2 };
    const onTerminate = (one: unknown): void =>
      void told.push([one, slot.thread.worker.threadId > 0]);
    const { slot, ends }: Made = makeSlot(STAYING, { onTerminate }, { log });
    await slot.start();
    const ended = once(ends, 'ended');
    if (way === 'retire') slot.retire('for a test');
    slot.end('drain');
    assert.deepEqual(told, [[log, true]], way);
    await ended;
  }
});

test('a freeze of the process makes no thread a stuck one', async () => {
  const clock = new PausedClock();
  const states: string[] = [];
  const ends = new EventEmitter();
  const { slot } = makeSlot(STAYING, {
    role: 'standby',
    clock,
    onEnded: ({ state }) => {
      states.push(state);
      ends.emit('ended');
    },
  });
  await slot.start();
  const ended = once(ends, 'ended');
  slot.retire('for a test');
  clock.freeze(3_600_000);
  assert.equal(slot.state, 'retiring', 'it has its time to leave after the thaw');
  slot.end('drain');
  clock.freeze(3_600_000);
  await ended;
  assert.deepEqual(states, ['gone']);
});

test('a thread that is ended in the middle of an answer to us does end', async () => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const states: string[] = [];
  const ends = new EventEmitter();
  const onEnded: WorkerSlotOptions['onEnded'] = ({ state }) => {
    states.push(state);
    ends.emit('ended');
  };
  const { slot } = makeSlot(SPINNING, { onEnded }, { flag });
  await slot.start();
  const session = new ThreadSession(slot.thread.worker.threadId);
  session.evaluate('Atomics.store(flag, 0, 1); for (;;);', () => {});
  while (Atomics.load(flag, 0) === 0) await setImmediate();
  session.dispose();

  const ended = once(ends, 'ended');
  slot.end('timeout');
  await ended;
  assert.deepEqual(states, ['gone']);
});

test('a thread that streams more than it may is ended, and its invocation answered', async () => {
  const causes: (string | undefined)[] = [];
  const { slot, ends } = makeSlot(GREEDY, { onLost: ({ endCause }) => causes.push(endCause) });
  await slot.start();
  slot.state = 'busy';
  const ended = once(ends, 'ended');
  let bytes = 0;
  const stream: Partial<ResponseStream> = {
    write: ({ byteLength }) => {
      bytes += byteLength;
    },
  };
  const invocation = { requestId: 'r', event: new Uint8Array() } as Invocation;

  const result = await slot.invoke(invocation, undefined, () => stream as ResponseStream);

  assert.ok(result.kind === 'crash');
  const { outcome } = result;
  assert.equal('handlerMs' in result, false, 'nobody has seen the handler come back');
  assert.ok(outcome.kind === 'crash');
  assert.match(outcome.error.errorMessage, /more than there was credit for/);
  assert.deepEqual(causes, ['crash']);
  assert.ok(bytes > 0 && bytes < STREAM_WINDOW_BYTES, `${bytes} bytes`);
  await ended;
});

test('a thread that streams while no invocation runs is ended as well', async (context) => {
  // Nothing else keeps this process alive while the thread ends.
  const alive = setInterval(() => {}, 1000);
  context.after(() => clearInterval(alive));
  const causes: (string | undefined)[] = [];
  const onLost: WorkerSlotOptions['onLost'] = ({ endCause, endDetail }) =>
    void causes.push(endCause, endDetail);
  const { slot, ends } = makeSlot(GREEDY, { onLost }, { isEarly: true });
  const ended = once(ends, 'ended');
  assert.deepEqual(await slot.start(), { kind: 'ready' });
  await ended;
  assert.equal(causes[0], 'idle_crash');
  assert.match(String(causes[1]), /no invocation is in flight/);
});
