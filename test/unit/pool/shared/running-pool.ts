// A shared pool of real threads, whose timers run when a test lets them, and whose handlers go on
// when a test lets them.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClaimBoard } from '../../../../src/core/claim-board.ts';
import type { Slot, SlotResult } from '../../../../src/core/ports.ts';
import type {
  Telemetry,
  WorkerEndMoment,
  WorkerStartMoment,
} from '../../../../src/core/telemetry-port.ts';
import type { WorkerSetup } from '../../../../src/core/thread-protocol.ts';
import { SharedPool, type SharedPoolOptions } from '../../../../src/pool/shared/shared-pool.ts';
import { PausedClock } from '../paused-clock.ts';
import { invocationOf } from './fake-slot.ts';

export type Way = 'answers' | 'waits' | 'blocks' | 'throws' | 'answersAndLeaves' | 'leavesBehind';

/** An event in a thread, with its place in the flags. */
export type Running = {
  readonly slot: Slot;
  readonly at: number;
  readonly result: Promise<SlotResult>;
};

export type RunningPool = {
  readonly pool: SharedPool;
  readonly clock: PausedClock;
  /** Numbers of the workers that were started, from 2 up. */
  readonly starts: readonly number[];
  readonly ends: readonly WorkerEndMoment[];
  /** So many threads have become ready since the beginning; what is due now may run. */
  readonly untilReady: (count: number) => Promise<void>;
  readonly until: (condition: () => boolean) => Promise<void>;
  /** A lane with a worker gets an event. */
  readonly run: (way: Way, slot?: Slot) => Running;
  /** Its thread has begun it, and waits. */
  readonly untilWaiting: (running: Running) => Promise<void>;
  /** Its thread has begun it; with `behind`, what it leaves behind has begun. */
  readonly untilBegun: (running: Running, behind?: boolean) => Promise<void>;
  readonly letGo: (running: Running, behind?: boolean) => void;
};

const ENTRY = fileURLToPath(new URL('../../../fixtures/threads/shares.cjs', import.meta.url));
const [ENTERED, LET_GO] = [1, 2];

export type PoolChanges = Partial<SharedPoolOptions> & {
  /** Numbers of starts, from 1 up, that fail. */
  readonly failing?: readonly number[];
};

/** It has not been started. */
export function makePool(context: TestContext, changes: PoolChanges = {}): RunningPool {
  const clock = new PausedClock();
  const flags = new Int32Array(new SharedArrayBuffer(1024));
  const starts: number[] = [];
  const ends: WorkerEndMoment[] = [];
  const ignore = (): void => {};
  let readyCount = 0;
  const workerStarted = ({ ok }: WorkerStartMoment): void => {
    if (ok) readyCount += 1;
  };
  const workerEnded = (moment: WorkerEndMoment): void => void ends.push(moment);
  const telemetry = { workerStarted, workerEnded, problem: ignore };
  const { failing = [], ...rest } = changes;
  const pool = new SharedPool({
    clock,
    telemetry: telemetry as unknown as Telemetry,
    activeCount: 2,
    standbyCount: 0,
    laneCount: 4,
    room: 2,
    cpuCount: 2,
    isolation: 'shared',
    recycle: { afterInvocations: undefined, heapMb: undefined, ageS: undefined },
    heapLimitMb: undefined,
    stuckLimit: 1,
    restartLimit: 1,
    profileDir: undefined,
    memoryLimitBytes: undefined,
    readProcessBytes: () => 0,
    entry: ENTRY,
    setup: (owner) => {
      starts.push(owner);
      const claims = createClaimBoard();
      const fails = failing.includes(starts.length);
      return { argv: [], claims, flags, fails } as unknown as WorkerSetup;
    },
    onThreadEnding: ignore,
    onThreadGone: ignore,
    onUnfit: ignore,
    onGivenUp: ignore,
    ...rest,
  });
  // An idle thread does not keep the process of the test alive.
  const alive = setInterval(ignore, 1000);
  context.after(async () => {
    for (const at of flags.keys()) {
      Atomics.store(flags, at, LET_GO);
      Atomics.notify(flags, at);
    }
    await pool.close();
    clearInterval(alive);
  });
  const until: RunningPool['until'] = async (condition) => {
    while (!condition()) {
      context.signal.throwIfAborted();
      await turn();
    }
  };
  const untilReady: RunningPool['untilReady'] = (count) =>
    until(() => {
      clock.pass(0);
      return readyCount >= count;
    });
  let lastAt = -2;
  const run: RunningPool['run'] = (way, slot = pool.tryAcquire()) => {
    assert.ok(slot !== undefined, 'there is room');
    lastAt += 2;
    const at = lastAt;
    const invocation = invocationOf(`r-${at / 2}`, JSON.stringify({ way, at }));
    return { slot, at, result: slot.invoke(invocation, undefined, () => undefined) };
  };
  const untilBegun: RunningPool['untilBegun'] = ({ at }, behind = false) =>
    until(() => Atomics.load(flags, behind ? at + 1 : at) === ENTERED);
  const untilWaiting: RunningPool['untilWaiting'] = async (running) => {
    await untilBegun(running);
    // Each thread has turned once more.
    await pool.census();
  };
  const letGo: RunningPool['letGo'] = ({ at }, behind = false) => {
    Atomics.store(flags, behind ? at + 1 : at, LET_GO);
    Atomics.notify(flags, behind ? at + 1 : at);
  };
  return { pool, clock, starts, ends, until, untilReady, run, untilBegun, untilWaiting, letGo };
}

/** A started pool whose first threads all serve. */
export async function startPool(context: TestContext, changes?: PoolChanges): Promise<RunningPool> {
  const running = makePool(context, changes);
  assert.equal((await running.pool.start()).kind, 'ready');
  await running.untilReady(changes?.activeCount ?? 2);
  return running;
}
