import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Invocation } from '../../../src/core/invocation.ts';
import type { Slot } from '../../../src/core/ports.ts';
import type { Telemetry } from '../../../src/core/telemetry-port.ts';
import type { WorkerSetup } from '../../../src/core/thread-protocol.ts';
import { WorkerPool } from '../../../src/pool/handler-pool.ts';
import type { HandlerPoolOptions } from '../../../src/pool/handler-pool-options.ts';
import { PausedClock } from './paused-clock.ts';

type Running = {
  readonly pool: WorkerPool;
  readonly clock: PausedClock;
  readonly starts: number[];
};

/** A pool of real threads, one of them ready, whose timers run when a test lets them. */
async function startPool(
  context: TestContext,
  isolation: HandlerPoolOptions['isolation'],
  goodStarts: number = Number.POSITIVE_INFINITY,
): Promise<Running> {
  const clock = new PausedClock();
  const starts: number[] = [];
  const ignore = (): void => {};
  const telemetry = { workerStarted: ignore, workerEnded: ignore, problem: ignore };
  const pool = new WorkerPool({
    clock,
    telemetry: telemetry as unknown as Telemetry,
    activeCount: 1,
    standbyCount: 0,
    isolation,
    recycle: { afterInvocations: undefined, heapMb: undefined, ageS: undefined },
    heapLimitMb: undefined,
    stuckLimit: 1,
    restartLimit: 1,
    profileDir: undefined,
    memoryLimitBytes: undefined,
    readProcessBytes: () => 0,
    entry: fileURLToPath(new URL('../../fixtures/threads/stays-ready.cjs', import.meta.url)),
    setup: (owner) => {
      starts.push(owner);
      const fails = starts.length > goodStarts;
      return { argv: [], fails } as unknown as WorkerSetup;
    },
    onThreadEnding: ignore,
    onThreadGone: ignore,
    onUnfit: ignore,
    onGivenUp: ignore,
  });
  context.after(() => pool.close());
  assert.equal((await pool.start()).kind, 'ready');
  return { pool, clock, starts };
}

function invocationOf(tenantId: string, deadlineEpochMs?: number): Invocation {
  return {
    requestId: tenantId,
    invocationId: undefined,
    deadlineEpochMs,
    functionArn: '',
    traceId: undefined,
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId,
    event: new Uint8Array(8),
  };
}

async function serve(pool: WorkerPool, invocation: Invocation): Promise<Slot> {
  const slot = pool.tryAcquire();
  assert.ok(slot !== undefined);
  const { kind } = await slot.invoke(invocation, undefined, () => undefined);
  assert.equal(kind, 'result');
  return slot;
}

test('the end does not wait for a worker that was asked to leave', async (context) => {
  const { pool } = await startPool(context, 'invocation');
  const slot = await serve(pool, invocationOf('a'));
  slot.release();
  // No timer runs: whoever is waited for by one would be waited for ever.
  assert.deepEqual(await pool.close(), { stuck: 0 });
});

test('for an invocation that is past its deadline no worker is started', async (context) => {
  const { pool, clock, starts } = await startPool(context, 'tenant');
  const slot = await serve(pool, invocationOf('a'));
  void pool.acquire(invocationOf('b', clock.nowEpochMs() + 1000));
  clock.freeze(1000);
  pool.replenish();
  clock.pass(100);
  assert.deepEqual(starts, [2]);
  slot.release();
  assert.equal(pool.tryAcquire()?.id, slot.id, 'nobody is before whoever comes next');
});

test('for an invocation that has its time a worker is started', async (context) => {
  const { pool, clock, starts } = await startPool(context, 'tenant');
  await serve(pool, invocationOf('a'));
  const acquired = pool.acquire(invocationOf('b', clock.nowEpochMs() + 1000));
  clock.pass(1);
  assert.deepEqual(starts, [2, 3]);
  assert.equal((await acquired).kind, 'slot');
});

test('it knows why the last start failed', async (context) => {
  const { pool, clock } = await startPool(context, 'shared', 1);
  assert.equal(pool.startProblem, undefined);
  const slot = await serve(pool, invocationOf('a'));
  slot.condemn('timeout');
  const acquired = pool.acquire();
  clock.pass(1);
  assert.equal((await acquired).kind, 'failure');
  assert.equal(pool.startProblem, 'TypeError: bad import');
});
