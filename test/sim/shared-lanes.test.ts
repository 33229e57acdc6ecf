// Many lanes over threads that take several events each, in virtual time. A failure prints a seed:
//   SIM_SEED=<seed> node --test test/sim/shared-lanes.test.ts
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { Invocation } from '../../src/core/invocation.ts';
import type { RuntimeApi } from '../../src/core/ports.ts';
import type { Telemetry } from '../../src/core/telemetry-port.ts';
import { Supervisor } from '../../src/supervisor/supervisor.ts';
import { SimClock, seededRandom } from './sim-clock.ts';
import { SimSharedPool } from './sim-shared-pool.ts';

const TIMEOUT_MS = 1000;

const world = fc.record({
  laneCount: fc.constantFrom(1, 2, 3, 8, 17),
  threadCount: fc.constantFrom(1, 2, 3),
  behaviours: fc.array(fc.constantFrom('success', 'success', 'success', 'hang', 'crash', 'lies'), {
    minLength: 1,
    maxLength: 9,
  }),
  handlerMs: fc.array(fc.constantFrom(0, 1, 50, 900, 901, 5000), { minLength: 1, maxLength: 5 }),
  restartMs: fc.constantFrom(0, 1, 400, 3000),
  /** Between two events. */
  arrivalMs: fc.array(fc.constantFrom(0, 0, 0, 1, 20, 2000), { minLength: 1, maxLength: 7 }),
  postMs: fc.constantFrom(0, 1, 30),
  count: fc.integer({ min: 1, max: 60 }),
  retryNeighbours: fc.boolean(),
  seed: fc.integer(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** The platform: it hands the next event to any poll that is parked, and takes each answer. */
class Platform {
  readonly answers: { readonly requestId: string; readonly kind: string }[] = [];
  readonly faults: string[] = [];
  most = 0;
  readonly #clock: SimClock;
  readonly #world: World;
  readonly #pool: SimSharedPool;
  readonly #random: () => number;
  readonly #parked: ((invocation: Invocation) => void)[] = [];
  readonly #running = new Set<string>();
  #due = 0;
  #delivered = 0;

  constructor(clock: SimClock, one: World, pool: SimSharedPool) {
    this.#clock = clock;
    this.#world = one;
    this.#pool = pool;
    this.#random = seededRandom(one.seed + 1);
    let atMs = 0;
    for (let index = 0; index < one.count; index += 1) {
      atMs += one.arrivalMs[index % one.arrivalMs.length] ?? 0;
      clock.after(atMs, () => {
        this.#due += 1;
        this.#hand();
      });
    }
  }

  connect(): RuntimeApi {
    let posted = Promise.resolve();
    return {
      next: (onSent) =>
        new Promise((resolve) => {
          if (this.#parked.length >= this.#pool.idleCount) this.faults.push('a poll without room');
          this.#parked.push(resolve);
          this.#count();
          onSent();
          void posted.then(() => this.#hand());
        }),
      respond: async ({ requestId }, { kind }, onSent) => {
        if (!this.#running.delete(requestId)) this.faults.push(`${requestId} is not open`);
        this.answers.push({ requestId, kind });
        if (onSent !== undefined) queueMicrotask(onSent);
        posted = this.#clock.wait(this.#world.postMs);
        await posted;
        return { kind: 'accepted', status: 202 };
      },
      openStream: () => assert.fail('nobody streams'),
      initError: async () => {},
      close: async () => {},
    };
  }

  #hand(): void {
    while (this.#due > this.#delivered && this.#parked.length > 0) {
      const at = Math.floor(this.#random() * this.#parked.length);
      const [resolve] = this.#parked.splice(at, 1);
      const requestId = `request-${this.#delivered}`;
      this.#delivered += 1;
      this.#running.add(requestId);
      this.#count();
      const deadlineEpochMs = this.#clock.nowEpochMs() + TIMEOUT_MS;
      resolve?.({ requestId, deadlineEpochMs, event: new Uint8Array() } as Invocation);
    }
  }

  #count(): void {
    this.most = Math.max(this.most, this.#parked.length + this.#running.size);
  }
}

type Run = { readonly platform: Platform; readonly pool: SimSharedPool; readonly end?: number };

async function simulate(one: World): Promise<Run> {
  const clock = new SimClock(seededRandom(one.seed));
  const pool = new SimSharedPool(clock, one);
  const platform = new Platform(clock, one, pool);
  const apis = Array.from({ length: one.laneCount }, () => platform.connect());
  const [first, ...others] = apis;
  assert.ok(first !== undefined);
  const supervisor = new Supervisor({
    isMultiConcurrent: true,
    retryNeighbours: one.retryNeighbours,
    apis: [first, ...others],
    pool,
    clock,
    telemetry: new Proxy({}, { get: () => () => {} }) as Telemetry,
    watchdog: { marginMs: 100, isEnabled: true },
  });
  let end: number | undefined;
  void supervisor.run().then(({ exitCode }) => {
    end = exitCode;
  });
  await clock.runUntil(() => platform.answers.length >= one.count, 10_000_000);
  supervisor.drain('test');
  await clock.runUntil(() => end !== undefined, 10_000_000);
  return { platform, pool, ...(end === undefined ? {} : { end }) };
}

function check({ platform, pool, end }: Run, one: World): void {
  const answered = platform.answers.map(({ requestId }) => requestId);
  const sent = Array.from({ length: one.count }, (_, index) => `request-${index}`);
  assert.deepEqual(answered.toSorted(), sent.toSorted(), 'each event is answered once');
  assert.deepEqual(platform.faults, []);
  assert.deepEqual(pool.misuses, []);
  assert.ok(platform.most <= one.laneCount, `${platform.most} polls and events at once`);
  const again = pool.executed.length - new Set(pool.executed).size;
  assert.ok(one.retryNeighbours || again === 0, 'nothing runs twice that is not to');
  assert.equal(end, 0);
}

const seed = process.env['SIM_SEED'];

test('each event is answered once, and lanes ask for no more than there is room for', async (context: TestContext) => {
  const kinds = new Map<string, number>();
  const property = fc.asyncProperty(world, async (one) => {
    const run = await simulate(one);
    check(run, one);
    for (const { kind } of run.platform.answers) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  });
  await fc.assert(property, {
    numRuns: 400,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  });
  context.diagnostic(JSON.stringify(Object.fromEntries(kinds)));
  for (const kind of ['success', 'timeout', 'crash', 'neighbour']) {
    assert.ok((kinds.get(kind) ?? 0) > 50, `${kind} is among the ways to end`);
  }
});
