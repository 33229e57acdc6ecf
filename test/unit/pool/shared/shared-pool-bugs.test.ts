// Bugs of the shared pool, each as it can be seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { OFFER_MS, OWN_GRACE_MS } from '../../../../src/core/limits.ts';
import type { Telemetry } from '../../../../src/core/telemetry-port.ts';
import { type Decision, dispatch } from '../../../../src/supervisor/dispatch.ts';
import { Drain } from '../../../../src/supervisor/drain.ts';
import { invocationOf } from './fake-slot.ts';
import { type RunningPool, startPool } from './running-pool.ts';

function dispatchOn({ pool, clock }: RunningPool, requestId: string): Promise<Decision> {
  const telemetry = { warmUp: () => {}, lateCause: () => {} };
  const invocation = invocationOf(requestId, JSON.stringify({ way: 'answers', at: 100 }));
  return dispatch(invocation, pool.acquire(invocation), {
    api: { openStream: () => assert.fail('nobody streams') },
    pool,
    watchdog: { clock, marginMs: 100, isEnabled: false },
    drain: new Drain(clock, 1000),
    telemetry: telemetry as unknown as Telemetry,
    retryNeighbours: false,
  });
}

test('two events that wait for one exclusive thread are run one after the other', async (t) => {
  const running = await startPool(t, { room: 1, laneCount: 2 });
  const { run, ends, until, untilReady, pool } = running;
  pool.replenish();
  const dying = [run('throws'), run('throws')];
  for (const { result } of dying) await result;
  await until(() => ends.length === 2);
  const decisions = ['r', 's'].map((requestId) =>
    dispatchOn(running, requestId).then((decision) => {
      decision.slot?.release();
      return decision.cause;
    }),
  );
  await untilReady(3);
  assert.deepEqual(await Promise.all(decisions), ['result', 'result']);
});

test('a thread that was late once gets events again', async (t) => {
  const { pool, run, clock, letGo, untilBegun } = await startPool(t);
  const behind = run('leavesBehind');
  await behind.result;
  await untilBegun(behind, true);
  behind.slot.release();
  const moved = run('answers');
  assert.equal(moved.slot.id, 1);
  clock.pass(OFFER_MS);
  await moved.result;
  assert.equal(moved.slot.id, 2);
  letGo(behind, true);
  // It has turned.
  await pool.census();
  const other = run('waits');
  const next = run('waits');
  assert.notEqual(next.slot.id, other.slot.id, 'one has two, and the other none');
});

test('whose thread is ended at its deadline is not told of that as a late crash', async (t) => {
  const { clock, run, untilBegun } = await startPool(t, { activeCount: 1, room: 4 });
  const blocking = run('blocks');
  await untilBegun(blocking);
  const lying = run('answers');
  let late: unknown;
  void blocking.result.then((result) => {
    late = result;
  });
  await blocking.slot.collectEvidence(10_000);
  blocking.slot.condemn('timeout');
  clock.pass(OWN_GRACE_MS);
  assert.deepEqual(await lying.result, { kind: 'unbegun' });
  await turn();
  assert.equal(late, undefined);
});

test('the end of a worker is told as what it was, not as what a neighbour is told', async (t) => {
  const { run, untilBegun, until, ends } = await startPool(t, { activeCount: 1, room: 4 });
  await untilBegun(run('waits'));
  await run('throws').result;
  await until(() => ends.length === 1);
  assert.equal(ends[0]?.detail, 'too far');
});
