// A worker slot whose thread has several invocations at once.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ClaimBoard, createClaimBoard } from '../../../src/core/claim-board.ts';
import { neighbourOutcome } from '../../../src/core/outcome.ts';
import type { SlotResult } from '../../../src/core/ports.ts';
import type { WorkerSetup } from '../../../src/core/thread-protocol.ts';
import { WorkerSlot } from '../../../src/pool/worker-slot.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { invocationOf } from './shared/fake-slot.ts';

const ENTRY = fileURLToPath(new URL('../../fixtures/threads/shares.cjs', import.meta.url));
const [ENTERED, LET_GO] = [1, 2];

type Several = {
  readonly slot: WorkerSlot;
  readonly board: ClaimBoard;
  readonly ended: Promise<unknown>;
  /** Invocation number `number`, claimed by the cell of that number. */
  readonly invoke: (way: string, number: number) => Promise<SlotResult>;
  readonly untilBegun: (number: number) => Promise<void>;
  readonly letGo: (number: number) => void;
};

async function start(context: TestContext): Promise<Several> {
  const ends = new EventEmitter();
  const claims = createClaimBoard();
  const board = new ClaimBoard(claims);
  const flags = new Int32Array(new SharedArrayBuffer(256));
  const ignore = (): void => {};
  const ended = once(ends, 'ended');
  const slot = new WorkerSlot({
    id: 1,
    role: 'active',
    clock: systemClock,
    entry: ENTRY,
    setup: { argv: [], claims, flags } as unknown as WorkerSetup,
    heapLimitMb: undefined,
    onListening: ignore,
    onTerminate: ignore,
    onLost: ignore,
    onEnded: () => ends.emit('ended'),
  });
  const alive = setInterval(ignore, 1000);
  context.after(async () => {
    slot.end('drain');
    await ended;
    clearInterval(alive);
  });
  assert.equal((await slot.start()).kind, 'ready');
  slot.state = 'busy';
  return {
    slot,
    board,
    ended,
    invoke(way, number) {
      board.offer(number, number);
      const invocation = invocationOf(`r-${number}`, JSON.stringify({ way, at: number }));
      const isBegun = (): boolean => board.isTaken(number, number);
      const open = (): undefined => undefined;
      const result = slot.invoke(invocation, undefined, open, { cell: number, isBegun });
      assert.ok(invocation.event.byteLength > 0, 'another thread may still need its bytes');
      return result;
    },
    async untilBegun(number) {
      while (Atomics.load(flags, number) !== ENTERED) {
        context.signal.throwIfAborted();
        await turn();
      }
    },
    letGo(number) {
      Atomics.store(flags, number, LET_GO);
      Atomics.notify(flags, number);
    },
  };
}

function messageOf(result: SlotResult): string {
  if (result.kind === 'unbegun' || result.outcome.kind === 'success') return result.kind;
  return result.outcome.error.errorMessage;
}

test('a result counts before the death behind it, and the others are told of that', async (t) => {
  const { slot, invoke, untilBegun, ended } = await start(t);
  const waiting = invoke('waits', 1);
  await untilBegun(1);
  const answered = invoke('answersAndLeaves', 2);
  await untilBegun(2);
  // This thread does not look before both are there: the result, and the death behind it.
  const untilMs = performance.now() + 300;
  while (performance.now() < untilMs);
  assert.equal((await answered).kind, 'result');
  assert.match(messageOf(await waiting), /r-1 Error: Runtime exited with error: exit status 9/);
  assert.equal(slot.endCause, 'crash');
  await ended;
});

test('a result that is there counts, although the death is told first', async (t) => {
  const { slot, invoke, ended } = await start(t);
  await turn();
  const answered = invoke('answers', 1);
  // The result comes to this thread, which does not look yet.
  const untilMs = performance.now() + 300;
  while (performance.now() < untilMs);
  slot.thread.worker.emit('exit', 9);
  assert.equal(slot.endCause, 'crash');
  assert.equal((await answered).kind, 'result');
  await ended;
});

test('it knows whose invocations it has, and the only one that has begun', async (t) => {
  const { slot, invoke, untilBegun } = await start(t);
  void invoke('blocks', 1);
  await untilBegun(1);
  void invoke('waits', 2);
  assert.deepEqual(
    [1, 2].map((number) => slot.tasks.find(number)?.requestId),
    ['r-1', 'r-2'],
  );
  assert.equal(slot.tasks.find(3), undefined);
  assert.equal(slot.tasks.onlyNumber, 1);
  assert.equal(slot.isRunning, true);
});

test('what was withdrawn and forgotten stays pending, and the thread goes on', async (t) => {
  const { slot, board, invoke, untilBegun, letGo } = await start(t);
  const blocking = invoke('blocks', 1);
  await untilBegun(1);
  let isSettled = false;
  void invoke('answers', 2).finally(() => {
    isSettled = true;
  });
  assert.equal(board.withdraw(2, 2), true);
  slot.forget(2);
  letGo(1);
  assert.equal((await blocking).kind, 'result');
  assert.equal((await invoke('answers', 3)).kind, 'result');
  await turn();
  assert.deepEqual([isSettled, slot.endCause], [false, undefined]);
});

test('a thread that gives back what nobody has asked back is not trusted', async (t) => {
  const { slot, board, invoke, untilBegun, letGo } = await start(t);
  const blocking = invoke('blocks', 1);
  await untilBegun(1);
  const lying = invoke('answers', 2);
  // The slot has not forgotten it.
  assert.equal(board.withdraw(2, 2), true);
  letGo(1);
  assert.equal((await blocking).kind, 'result');
  assert.match(messageOf(await lying), /"withdrawn" answers no invocation that was begun/);
  assert.equal(slot.endCause, 'crash');
});

test('an abandoned invocation is waited for by nobody, and may still be told', async (t) => {
  const { slot, invoke, untilBegun, letGo } = await start(t);
  const waiting = invoke('waits', 1);
  await untilBegun(1);
  slot.abandon(1, 'for a test');
  assert.equal(slot.isRunning, false);
  assert.equal(slot.tasks.find(1)?.requestId, 'r-1', 'its code still runs');
  letGo(1);
  assert.equal((await waiting).kind, 'result');
  assert.equal(slot.tasks.find(1), undefined);
});

test('a thread that is ended under its invocations answers each as it is told', async (t) => {
  const { slot, invoke, untilBegun, ended } = await start(t);
  const all = [invoke('waits', 1), invoke('waits', 2)];
  await untilBegun(2);
  slot.fail('timeout', ({ requestId }) => neighbourOutcome(requestId, 'r-9', 'was too slow'));
  for (const [at, one] of all.entries()) {
    assert.match(messageOf(await one), new RegExp(`r-${at + 1} Error: .*invocation r-9`));
  }
  assert.equal(slot.endCause, 'timeout');
  await ended;
});

test('a death that hits nothing that has begun is no crash of anybody', async (t) => {
  const { slot, invoke, untilBegun, ended } = await start(t);
  const answered = invoke('leavesBehind', 1);
  assert.equal((await answered).kind, 'result');
  await untilBegun(2);
  const lying = invoke('answers', 3);
  await slot.thread.worker.terminate();
  await lying;
  assert.equal(slot.endCause, 'idle_crash');
  await ended;
});
