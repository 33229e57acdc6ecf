// The way from Init to the first poll by a snapshot, on a virtual clock: hooks and restores of any
// length and ending, with an order to stop at any time. A failure prints a seed that replays it:
//   SIM_SEED=<seed> node --test test/sim/snapshot.test.ts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RuntimeError } from '../../src/core/errors.ts';
import { DRAIN_MS_MAX, RESTORE_HOOKS_MS_MAX } from '../../src/core/limits.ts';
import type { InitResult, RuntimeApi, SnapshotApi } from '../../src/core/ports.ts';
import type { Telemetry } from '../../src/core/telemetry-port.ts';
import { afterRunning } from '../../src/pool/running-time.ts';
import { Snapshot } from '../../src/supervisor/snapshot.ts';
import { type RunResult, Supervisor } from '../../src/supervisor/supervisor.ts';
import { SimClock, seededRandom } from './sim-clock.ts';
import { SimPool } from './sim-pool.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ERROR = { errorType: 'Runtime.X', errorMessage: 'no', trace: [] };

const phase = fc.record({
  ms: fc.constantFrom(0, 1, 400, RESTORE_HOOKS_MS_MAX, RESTORE_HOOKS_MS_MAX + 500),
  fails: fc.integer({ min: 0, max: 3 }).map((dice) => dice === 0),
});
const world = fc.record({
  before: phase,
  restore: fc.record({
    ms: fc.constantFrom(0, 50, DAY_MS),
    fails: phase.map(({ fails }) => fails),
  }),
  after: phase,
  isRestored: fc.boolean(),
  stopAtMs: fc.option(fc.constantFrom(0, 30, 400, 450, 9000, 20_000, DAY_MS + 1000), {
    nil: undefined,
  }),
  seed: fc.integer(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

type Run = {
  readonly notes: readonly string[];
  readonly end: RunResult | undefined;
  /** From the start to the end. */
  readonly tookMs: number;
};

async function simulate({
  before,
  restore,
  after,
  isRestored,
  stopAtMs,
  seed,
}: World): Promise<Run> {
  const clock = new SimClock(seededRandom(seed));
  const notes: string[] = [];
  const sim = new SimPool(clock, { startMs: [20], failing: new Set(), hasStandby: false });
  const pool = Object.assign(sim, {
    runHooks: async (moment: 'beforeSnapshot' | 'afterRestore'): Promise<InitResult> => {
      notes.push(moment);
      const { ms, fails } = moment === 'beforeSnapshot' ? before : after;
      await clock.wait(ms);
      return fails ? { kind: 'failure', error: ERROR, headerType: 'Runtime.X' } : { kind: 'ready' };
    },
  });
  const report = (name: string) => async () => void notes.push(name);
  const closing = Promise.withResolvers<never>();
  const snapshotApi: SnapshotApi = {
    untilRestored: async () => {
      notes.push('wait');
      await Promise.race([clock.wait(restore.ms), closing.promise]);
      if (restore.fails) throw new RuntimeError('Runtime.ApiFailure', 'no');
    },
    restoreError: report('restoreError'),
    close: async () => closing.reject(new RuntimeError('Runtime.ApiUnreachable', 'closed')),
  };
  closing.promise.catch(() => {});
  let dropPoll: (error: Error) => void = () => {};
  const api: RuntimeApi = {
    next: () => {
      notes.push('poll');
      return new Promise((_, reject) => {
        dropPoll = reject;
      });
    },
    respond: async () => ({ kind: 'accepted', status: 202 }),
    openStream: () => assert.fail('nothing is answered'),
    initError: report('initError'),
    close: async () => dropPoll(new Error('closed')),
  };
  const ignore = (): void => {};
  const supervisor = new Supervisor({
    isMultiConcurrent: false,
    retryNeighbours: false,
    apis: [api],
    pool,
    clock,
    telemetry: { initEnded: ignore, stopped: ignore } as unknown as Telemetry,
    watchdog: { marginMs: 100, isEnabled: true },
    snapshot: new Snapshot({
      api: snapshotApi,
      initApi: api,
      pool,
      isRestored,
      onPhase: (name) => notes.push(name),
      afterRunning: (ms, run) => afterRunning(clock, ms, run),
    }),
  });
  let end: RunResult | undefined;
  let tookMs = 0;
  const startMs = clock.nowEpochMs();
  void supervisor.run().then((result) => {
    end = result;
    tookMs = clock.nowEpochMs() - startMs;
  });
  if (stopAtMs !== undefined) clock.after(stopAtMs, () => supervisor.drain('test'));
  await clock.runUntil(() => end !== undefined, 2 * DAY_MS);
  return { notes, end, tookMs };
}

/** What happens, in this order, when nobody says stop. */
function wholeWay({ before, restore, after, isRestored }: World): readonly string[] {
  const way: string[] = [];
  if (!isRestored) {
    way.push('beforeSnapshot');
    if (before.fails) return [...way, 'initError'];
    way.push('prepared', 'wait');
    if (restore.fails) return [...way, 'initError'];
    way.push('restored');
  }
  way.push('afterRestore');
  const isLate = after.ms > RESTORE_HOOKS_MS_MAX;
  // Hooks that end just in time may be taken for either.
  if (!isLate && !after.fails) return [...way, 'poll'];
  return [...way, isRestored ? 'initError' : 'restoreError'];
}

function check({ notes, end, tookMs }: Run, one: World): void {
  const way = wholeWay(one);
  const isTie = one.after.ms === RESTORE_HOOKS_MS_MAX;
  const known = isTie ? notes.filter((note) => !/poll|Error/.test(note)) : notes;
  assert.deepEqual(known, way.slice(0, known.length), 'one step after the other, none left out');
  if (one.stopAtMs !== undefined) {
    assert.ok(end !== undefined && tookMs <= one.stopAtMs + DRAIN_MS_MAX, 'it ends at once');
    const isFailed = notes.some((note) => note.endsWith('Error'));
    assert.equal(end.exitCode, isFailed ? 1 : 0);
  } else if (notes.at(-1) === 'poll') {
    assert.equal(end, undefined, 'it serves');
  } else {
    assert.equal(end?.exitCode, 1, 'what has failed ends the process');
    assert.match(notes.at(-1) ?? '', /Error$/, 'and the platform is told');
  }
}

const seed = process.env['SIM_SEED'];

test('no poll goes out but by the whole way, and every failure is told once', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (one) => check(await simulate(one), one)),
    { numRuns: 500, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
});
