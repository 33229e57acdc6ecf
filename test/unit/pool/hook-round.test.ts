import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HookMoment } from '../../../src/core/thread-protocol.ts';
import { runHookRound } from '../../../src/pool/hook-round.ts';
import type { WorkerSlot } from '../../../src/pool/worker-slot.ts';
import { PausedClock } from './paused-clock.ts';

const READY = { kind: 'ready' };
const ERROR = { errorType: 'Runtime.BeforeSnapshotError', errorMessage: 'no', trace: [] };
const FAILURE = { kind: 'failure', error: ERROR, headerType: ERROR.errorType, handlerMs: 0 };

type Worker = {
  readonly state?: string;
  readonly answers?: unknown;
  /** It dies, and this is why. */
  readonly dies?: string;
  /** While its hooks run, this one is started. */
  readonly meanwhile?: Worker;
};

function round(moment: HookMoment, workers: readonly Worker[]) {
  const notes: string[] = [];
  const clock = new PausedClock();
  const slots = new Set<{ state: string; startedAtMs: number }>();
  const add = ({ state = 'ready', answers = READY, dies, meanwhile }: Worker): void => {
    const index = slots.size;
    const runHooks = async (): Promise<unknown> => {
      notes.push(`hooks ${index}`);
      if (dies !== undefined) throw new Error('Terminating worker thread');
      if (meanwhile !== undefined) add(meanwhile);
      return answers;
    };
    slots.add(Object.assign({ state }, { startedAtMs: 0, endDetail: dies, thread: { runHooks } }));
  };
  workers.forEach(add);
  const supply = {
    slots: slots as unknown as Set<WorkerSlot>,
    fill: () => void notes.push('fill'),
    dropStarting: () => {
      for (const slot of [...slots]) if (slot.state === 'starting') slots.delete(slot);
      notes.push('drop');
    },
    started: async () => {
      for (const slot of slots) if (slot.state === 'starting') slot.state = 'ready';
    },
  };
  return { notes, clock, slots, result: runHookRound(moment, supply, clock) };
}

test('before the snapshot all are started that are to be, then hooks run in each', async () => {
  const { notes, result } = round('beforeSnapshot', [{}, { state: 'starting' }, { state: 'gone' }]);
  assert.deepEqual(await result, READY);
  assert.deepEqual(notes, ['fill', 'hooks 0', 'hooks 1', 'fill']);
});

test('who is started while hooks run before the snapshot is asked as well, after it not', async () => {
  const worker = { meanwhile: { state: 'starting' } };
  const before = round('beforeSnapshot', [worker]);
  assert.deepEqual(await before.result, READY);
  assert.deepEqual(before.notes, ['fill', 'hooks 0', 'fill', 'hooks 1', 'fill']);
  // It is told at its start.
  const after = round('afterRestore', [{ meanwhile: {} }]);
  assert.deepEqual(await after.result, READY);
  assert.deepEqual(after.notes, ['drop', 'fill', 'hooks 0']);
});

test('after the restore who is still starting makes way, and nobody is old', async () => {
  const { notes, clock, slots, result } = round('afterRestore', [{}, { state: 'starting' }]);
  assert.deepEqual(await result, READY);
  assert.deepEqual(notes, ['drop', 'fill', 'hooks 0']);
  assert.equal([...slots][0]?.startedAtMs, clock.nowMonotonicMs());
});

test('the first failure counts, and the others are not waited for', async () => {
  const hangs = { answers: new Promise(() => {}) };
  const { result } = round('beforeSnapshot', [hangs, { answers: FAILURE }]);
  const told = await result;
  assert.equal(told.kind === 'failure' && told.error.errorMessage, 'no');
});

test('a thread that dies, or answers nonsense, has failed', async () => {
  const cases: readonly [Worker, RegExp][] = [
    [{ dies: 'exit status 3' }, /^Runtime\.WorkerError: exit status 3$/],
    [{ answers: 'nonsense' }, /^Runtime\.WorkerError: Cannot use what the worker sent/],
    [{ answers: { kind: 'success', body: new Uint8Array() } }, /something else/],
  ];
  for (const [worker, message] of cases) {
    const told = await round('afterRestore', [worker]).result;
    assert.ok(told.kind === 'failure');
    assert.equal(told.headerType, 'Runtime.AfterRestoreError');
    assert.match(told.error.errorMessage, message);
  }
});
