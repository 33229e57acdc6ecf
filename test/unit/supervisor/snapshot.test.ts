import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { RuntimeError } from '../../../src/core/errors.ts';
import { RESTORE_HOOKS_MS_MAX } from '../../../src/core/limits.ts';
import type { InitResult, SnapshotPool } from '../../../src/core/ports.ts';
import type { StopMoment } from '../../../src/core/telemetry-port.ts';
import { afterRunning } from '../../../src/pool/running-time.ts';
import { Snapshot } from '../../../src/supervisor/snapshot.ts';
import { PausedClock } from '../pool/paused-clock.ts';

const READY: InitResult = { kind: 'ready' };
const ERROR = { errorType: 'Runtime.X', errorMessage: 'no', trace: [] };
const FAILURE: InitResult = { kind: 'failure', error: ERROR, headerType: 'Runtime.X' };
const DAYS_MS = 3 * 24 * 60 * 60 * 1000;

type World = {
  readonly before?: InitResult;
  readonly after?: InitResult | 'never';
  readonly restored?: Promise<void>;
  readonly isRestored?: boolean;
};

function snapshot({ before, after, restored, isRestored = false }: World) {
  const notes: string[] = [];
  const clock = new PausedClock();
  const pool: SnapshotPool = {
    runHooks: (moment) => {
      notes.push(moment);
      const result = moment === 'beforeSnapshot' ? before : after;
      return result === 'never' ? new Promise(() => {}) : Promise.resolve(result ?? READY);
    },
  };
  const report = (name: string) => async (error: { readonly errorType: string }) =>
    void notes.push(`${name} ${error.errorType}`);
  const step = new Snapshot({
    pool,
    isRestored,
    api: {
      untilRestored: () => {
        notes.push('wait');
        return restored ?? Promise.resolve();
      },
      restoreError: report('restore error'),
      close: async () => void notes.push('close'),
    },
    initApi: { initError: report('init error') },
    onPhase: (phase) => notes.push(phase),
    afterRunning: (ms, run) => afterRunning(clock, ms, run),
  });
  return { step, notes, clock };
}

test('hooks, the offer, the restore, hooks: in this order', async () => {
  const { step, notes } = snapshot({});
  assert.equal(await step.pass(), undefined);
  const all = ['beforeSnapshot', 'prepared', 'wait', 'restored', 'afterRestore'];
  assert.deepEqual(notes, all);
});

test('a hook that fails before the snapshot is the init error; no snapshot is offered', async () => {
  const { step, notes } = snapshot({ before: FAILURE });
  assert.equal((await step.pass())?.exitCode, 1);
  assert.deepEqual(notes, ['beforeSnapshot', 'init error Runtime.X']);
});

test('a wait that fails is the init error', async () => {
  const restored = Promise.reject(new RuntimeError('Runtime.ApiFailure', 'no'));
  const { step, notes } = snapshot({ restored });
  assert.equal((await step.pass())?.exitCode, 1);
  assert.deepEqual(notes, ['beforeSnapshot', 'prepared', 'wait', 'init error Runtime.ApiFailure']);
});

test('a hook that fails after the restore is the restore error', async () => {
  const { step, notes } = snapshot({ after: FAILURE });
  assert.equal((await step.pass())?.error, ERROR);
  assert.deepEqual(notes.slice(-2), ['afterRestore', 'restore error Runtime.X']);
});

test('in an environment that has been restored only the last hooks are left', async () => {
  const good = snapshot({ isRestored: true });
  assert.equal(await good.step.pass(), undefined);
  assert.deepEqual(good.notes, ['afterRestore']);
  // The platform may be past the restore: whoever knows of that decides what is posted.
  const bad = snapshot({ isRestored: true, after: FAILURE });
  assert.equal((await bad.step.pass())?.exitCode, 1);
  assert.deepEqual(bad.notes, ['afterRestore', 'init error Runtime.X']);
});

test('no pause counts, however long the snapshot lies there or the clock jumps later', async () => {
  const { promise: restored, resolve } = Promise.withResolvers<void>();
  const { step, notes, clock } = snapshot({ restored, after: 'never' });
  const stops: (StopMoment | undefined)[] = [];
  void step.pass().then((moment) => stops.push(moment));
  await turn();
  clock.freeze(DAYS_MS, true);
  resolve();
  await turn();
  // The clock on the wall is put right only after the restore.
  clock.freeze(DAYS_MS);
  clock.freeze(DAYS_MS, true);
  clock.pass(RESTORE_HOOKS_MS_MAX - 1000);
  await turn();
  assert.equal(stops.length, 0);
  clock.pass(1000);
  await turn();
  assert.match(stops[0]?.error?.errorMessage ?? '', /have not ended after 9500 ms$/);
  assert.deepEqual(notes.slice(-2), ['afterRestore', 'restore error Runtime.AfterRestoreError']);
});

test('closed while it waits, it reports nothing', async () => {
  const { promise: restored, reject } = Promise.withResolvers<void>();
  const { step, notes } = snapshot({ restored });
  const passing = step.pass();
  await turn();
  await step.close();
  reject(new RuntimeError('Runtime.ApiUnreachable', 'closed'));
  assert.equal(await passing, undefined);
  assert.deepEqual(notes, ['beforeSnapshot', 'prepared', 'wait', 'close']);
});
