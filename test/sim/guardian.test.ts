// Processes that die at any moment of any invocation, one after the other, in virtual time: every
// event is answered once, none runs twice. A failure prints a seed that replays it exactly:
//   SIM_SEED=<seed> node --test test/sim/guardian.test.ts
import assert from 'node:assert/strict';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Invocation } from '../../src/core/invocation.ts';
import { JOURNAL_SETTLE_MS } from '../../src/core/limits.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { RestartMoment } from '../../src/core/telemetry-port.ts';
import { openGuard } from '../../src/guardian/guard.ts';
import { SimClock, seededRandom } from './sim-clock.ts';
import { type Life, SimPlatform } from './sim-platform.ts';

/** When a process dies, counted from what its next event does; `idle` and `later`: some ms after an
 * answer, `asking`: while it waits for the poll of another dead one. */
const DEATHS = [
  'starting',
  'asking',
  'delivered',
  'running',
  'answering',
  'answered',
  'idle',
  'later',
] as const;
type DeathAt = (typeof DEATHS)[number];

const step = fc.record({
  /** After the event before it. */
  arrivalMs: fc.constantFrom(0, 1, 5, 30, 500, 5000),
  deaths: fc.array(fc.constantFrom(...DEATHS), { maxLength: 2 }),
});
const world = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  seed: fc.integer(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const RESTART_MS = 40;
const INIT_MS = 20;
const HANDLER_MS = 10;
const STATUS = 139;
const SUCCESS: Outcome = { kind: 'success', body: new Uint8Array() };

class Simulation {
  readonly #clock: SimClock;
  readonly #platform: SimPlatform;
  readonly #file: string;
  readonly #fd: number;
  readonly #deaths: DeathAt[][];
  readonly executed: string[] = [];
  /** Answers that a process knew to be taken; no other process has to give them. */
  readonly #settledAtMs = new Map<string, number>();
  readonly #misuses: string[] = [];
  #life: Life = { isDead: true };
  #line = 0;
  #diedAtMs = 0;

  constructor({ steps, seed }: World, folder: string) {
    this.#clock = new SimClock(seededRandom(seed));
    this.#platform = new SimPlatform(this.#clock, (_, life) => {
      if (this.#isTimeFor('delivered')) this.#die(life);
    });
    this.#file = join(folder, 'journal');
    this.#fd = openSync(this.#file, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC);
    this.#deaths = steps.map(({ deaths }) => [...deaths]);
    let atMs = 0;
    for (const [index, { arrivalMs }] of steps.entries()) {
      atMs += arrivalMs;
      this.#clock.after(atMs, () => this.#platform.send(toInvocation(index)));
    }
    this.#clock.after(0, () => void this.#start(undefined));
  }

  get answers(): SimPlatform['answers'] {
    return this.#platform.answers;
  }

  get misuses(): readonly string[] {
    return [...this.#platform.misuses, ...this.#misuses];
  }

  async run(count: number): Promise<void> {
    await this.#clock.runUntil(() => this.answers.length === count, 1_000_000);
    closeSync(this.#fd);
  }

  /** What the guardian and `main.ts` do. */
  async #start(status: number | undefined): Promise<void> {
    const life: Life = { isDead: false };
    this.#life = life;
    const fd = openSync(`/dev/fd/${this.#fd}`, 'r+');
    const guard = await openGuard({
      journal: `${fd} ${this.#line} ${status ?? '-'} ${this.#file}`,
      laneCount: 1,
      multiConcurrent: false,
      clock: this.#clockOf(life),
      telemetry: { problem: assert.fail, restarted: (moment) => this.#note(moment) },
      openRecoveryApi: async () => this.#platform.connectRecovery(life),
    });
    const api = guard.wrap(this.#platform.connect(life), 0);
    await this.#clock.wait(INIT_MS);
    if (this.#isTimeFor('starting')) return this.#die(life);
    if (this.#isTimeFor('asking')) this.#clock.after(5, () => this.#die(life));
    while (!life.isDead) {
      const invocation = await api.next(() => {});
      if (life.isDead) return;
      this.executed.push(invocation.requestId);
      await this.#clock.wait(HANDLER_MS);
      if (this.#isTimeFor('running')) return this.#die(life);
      const answered = api.respond(invocation, SUCCESS);
      if (this.#isTimeFor('answering')) return this.#die(life);
      await answered;
      if (life.isDead) return;
      this.#settledAtMs.set(invocation.requestId, this.#clock.nowEpochMs());
      if (this.#isTimeFor('answered')) return this.#die(life);
      if (this.#isTimeFor('idle')) this.#clock.after(15, () => this.#die(life));
      if (this.#isTimeFor('later')) this.#clock.after(80, () => this.#die(life));
    }
  }

  /** The timers of a process die with it. */
  #clockOf(life: Life): Clock {
    return {
      nowEpochMs: () => this.#clock.nowEpochMs(),
      nowMonotonicMs: () => this.#clock.nowMonotonicMs(),
      scheduleAt: (epochMs, run) => this.#clock.scheduleAt(epochMs, () => life.isDead || run()),
    };
  }

  #note({ answered }: RestartMoment): void {
    for (const { key, status } of answered) {
      const settledAtMs = this.#settledAtMs.get(key.requestId);
      const isOld = settledAtMs !== undefined && this.#diedAtMs - settledAtMs > JOURNAL_SETTLE_MS;
      if (isOld) this.#misuses.push(`${key.requestId} was settled long ago`);
      if (status !== undefined) this.#settledAtMs.set(key.requestId, this.#clock.nowEpochMs());
    }
  }

  #isTimeFor(death: DeathAt): boolean {
    if (this.#life.isDead) return false;
    const deaths = this.#deaths[this.answers.length];
    if (deaths?.[0] !== death) return false;
    deaths.shift();
    return true;
  }

  #die(life: Life): void {
    if (life.isDead) return;
    life.isDead = true;
    this.#diedAtMs = this.#clock.nowEpochMs();
    this.#clock.after(RESTART_MS, () => {
      this.#line += 1;
      void this.#start(STATUS);
    });
  }
}

function toInvocation(index: number): Invocation {
  return {
    requestId: `request-${index}`,
    invocationId: undefined,
    deadlineEpochMs: undefined,
    functionArn: '',
    traceId: undefined,
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId: undefined,
    event: new Uint8Array(),
  };
}

const seed = process.env['SIM_SEED'];

test('every event is answered once and runs once at most, whenever processes die', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-sim-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const outcomes = { success: 0, crash: 0 };
  const property = fc.asyncProperty(world, async (one) => {
    const simulation = new Simulation(one, folder);
    await simulation.run(one.steps.length);
    const { answers, executed, misuses } = simulation;
    const answered = answers.map(({ requestId }) => requestId).sort();
    const sent = one.steps.map((_, index) => `request-${index}`);
    assert.deepEqual(answered, sent, 'one answer each');
    assert.deepEqual(misuses, []);
    assert.deepEqual([...new Set(executed)], executed, 'nothing runs twice');
    for (const { outcome } of answers) {
      if (outcome.kind !== 'success') assert.equal(outcome.headerType, 'Runtime.ExitError');
      outcomes[outcome.kind === 'success' ? 'success' : 'crash'] += 1;
    }
  });
  await fc.assert(property, { numRuns: 400, ...(seed ? { seed: Number(seed) } : {}) });
  context.diagnostic(
    `answers by the handler ${outcomes.success}, by the next process ${outcomes.crash}`,
  );
  assert.ok(outcomes.crash > 100, 'the deaths are where they hurt');
});
