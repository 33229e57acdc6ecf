// The supervisor against a simulated platform and pool, on a virtual clock: thousands of orders of
// result, crash, deadline and drain. A failure prints a seed that replays it exactly:
//   SIM_SEED=<seed> node --test test/sim/supervisor.test.ts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planDeadline } from '../../src/core/deadline.ts';
import { DRAIN_MS_MAX, EVIDENCE_SHARE } from '../../src/core/limits.ts';
import type { Cause } from '../../src/core/outcome.ts';
import type { Telemetry } from '../../src/core/telemetry-port.ts';
import { type RunResult, Supervisor } from '../../src/supervisor/supervisor.ts';
import { isResult, SimApi } from './sim-api.ts';
import { SimClock, seededRandom } from './sim-clock.ts';
import { type PoolPlan, SimPool } from './sim-pool.ts';
import type { Step } from './step.ts';

const MARGIN_MS = 100;
const POST_MS_MAX = 120;

const step: fc.Arbitrary<Step> = fc.record({
  behaviour: fc.constantFrom('success', 'failure', 'crash', 'hang'),
  // Values that collide with each other and with the watchdog's time, so that ties are common.
  handlerMs: fc.constantFrom(0, 1, 50, 890, 899, 900, 901, 950, 1000, 5000),
  timeoutMs: fc.constantFrom(0, 1, 100, 1000, 3000),
  arrivalMs: fc.constantFrom(0, 1, 10, 500, 100_000),
  postMs: fc.constantFrom(0, 1, POST_MS_MAX),
  dieWhileParked: fc.boolean(),
  streamsAtMs: fc.option(fc.constantFrom(0, 1, 50, 899, 900, 950), { nil: undefined }),
  hangsUpMs: fc.option(fc.constantFrom(0, 1, 100, 1000), { nil: undefined, freq: 1 }),
  postIsFatal: fc.integer({ min: 0, max: 19 }).map((dice) => dice === 0),
});

const plan: fc.Arbitrary<PoolPlan> = fc.record({
  startMs: fc.array(fc.constantFrom(1, 40, 500, 4000), { minLength: 1, maxLength: 5 }),
  failing: fc
    .uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 })
    .map((ids) => new Set(ids)),
  hasStandby: fc.boolean(),
});

const world = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  plan,
  drainAtMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
  retireAtMs: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined, freq: 1 }),
  seed: fc.integer(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

type Run = {
  readonly api: SimApi;
  readonly pool: SimPool;
  readonly end: RunResult | undefined;
  readonly late: readonly string[];
  readonly drainTookMs: number;
};

async function simulate({ steps, plan, drainAtMs, retireAtMs, seed }: World): Promise<Run> {
  const clock = new SimClock(seededRandom(seed));
  const pool = new SimPool(clock, plan);
  const api = new SimApi(clock, steps, pool);
  const late: string[] = [];
  const supervisor = new Supervisor({
    isMultiConcurrent: false,
    retryNeighbours: false,
    apis: [api],
    pool,
    clock,
    telemetry: telemetry(api, (requestId, cause) => late.push(`${requestId} ${cause}`)),
    watchdog: { marginMs: MARGIN_MS, isEnabled: true },
  });
  let end: RunResult | undefined;
  let drainTookMs = 0;
  const startMs = clock.nowEpochMs();
  void supervisor.run().then((result) => {
    end = result;
    drainTookMs = clock.nowEpochMs() - startMs - (drainAtMs ?? 0);
  });
  if (drainAtMs !== undefined) clock.after(drainAtMs, () => supervisor.drain('test'));
  if (retireAtMs !== undefined) clock.after(retireAtMs, () => supervisor.retire('unfit'));
  await clock.runUntil(() => end !== undefined, 10_000_000);
  return { api, pool, end, late, drainTookMs };
}

function telemetry(api: SimApi, onLate: (requestId: string, cause: Cause) => void): Telemetry {
  const nothing = (): void => {};
  return {
    initEnded: nothing,
    invocationStarted: nothing,
    invocationDecided: ({ key }) => void api.told.add(key.requestId),
    invocationEnded: nothing,
    isMeasuring: false,
    invocationMeasured: nothing,
    lateCause: (key, cause) => onLate(key.requestId, cause),
    workerStarted: nothing,
    workerEnded: nothing,
    runtimeApi: nothing,
    useCensus: () => {},
    warmUp: nothing,
    problem: nothing,
    restarted: nothing,
    stopped: nothing,
  };
}

function check(run: Run, { steps, drainAtMs, retireAtMs }: World): void {
  const { api, pool, end } = run;
  const answered = api.answers.map((answer) => answer.requestId);
  const delivered = api.delivered.map((invocation) => invocation.requestId);
  assert.deepEqual(answered, delivered, 'every event is answered once, in order, and no other');
  assert.ok(api.parkedMax <= 1, 'one poll at a time');
  assert.deepEqual(pool.misuses, [], 'workers are taken and given back as agreed');
  assert.deepEqual(api.streamMisuses, [], 'streams are opened once, and not behind an answer');
  assert.deepEqual(
    api.answers.filter((one) => api.told.has(one.requestId) === isResult(one)),
    [],
    'what no handler has ended is told, and nothing else',
  );
  assert.deepEqual(api.wrongPolls, [], 'polls go out when they may and have to');
  assert.deepEqual([...new Set(pool.executed)], pool.executed, 'no event runs twice');
  assert.ok(
    !run.late.some((entry) => /deadline|drain/.test(entry)),
    'a decided invocation has neither a watchdog nor a drain any more',
  );
  assert.deepEqual(api.initErrors, [], 'Init went well');
  for (const { atMs, deadlineMs, requestId } of api.answers) {
    const step = steps[Number(requestId.split('-')[1])];
    const { fireEpochMs } = planDeadline(
      deadlineMs,
      deadlineMs - (step?.timeoutMs ?? 0),
      MARGIN_MS,
    );
    assert.ok(atMs <= Math.max(fireEpochMs, deadlineMs), `${requestId} is answered in time`);
    const decidedByMs = fireEpochMs + (deadlineMs - fireEpochMs) * EVIDENCE_SHARE;
    assert.ok(atMs <= decidedByMs || step?.timeoutMs === 0, `${requestId}: by the watchdog's time`);
    const isOverdue = step?.timeoutMs === 0;
    assert.ok(!isOverdue || !pool.executed.includes(requestId), 'an overdue event does not run');
  }
  const fatal = delivered.findIndex((_, index) => steps[index]?.postIsFatal);
  if (fatal !== -1) {
    assert.equal(delivered.length, fatal + 1, 'nothing is fetched after a fatal reply');
    assert.equal(end?.exitCode, 1);
  } else if (drainAtMs === undefined && retireAtMs !== undefined) {
    // A poll that is parked is honoured: it ends with its event, or waits for ever.
    if (end === undefined) assert.equal(delivered.length, steps.length, 'no event is left behind');
    else assert.equal(end.exitCode, 1, 'it says that it is not well');
    assert.equal(end === undefined, api.parked === 1, 'it ends unless a poll is parked');
  } else if (drainAtMs === undefined) {
    assert.equal(end, undefined, 'service does not end by itself');
    assert.equal(delivered.length, steps.length, 'every event was fetched');
  } else {
    assert.equal(end?.exitCode, 0, 'a drain ends with success');
    assert.ok(run.drainTookMs <= DRAIN_MS_MAX + POST_MS_MAX, 'a drain ends in time');
  }
}

const seed = process.env['SIM_SEED'];

test('every event is answered exactly once and in time, in any order of causes', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (one) => check(await simulate(one), one)),
    { numRuns: 1500, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
});

test('the same seed gives the same run', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (one) => {
      const [first, second] = [await simulate(one), await simulate(one)];
      assert.deepEqual(first.api.answers, second.api.answers);
      assert.deepEqual(first.late, second.late);
    }),
    { numRuns: 100 },
  );
});
