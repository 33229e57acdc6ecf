// Managed Instances: which thread an event goes to. One that is blocked keeps none waiting while
// another has room, and with exclusive placement no two are ever on one thread.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../sim/sim-clock.ts';
import { type Held, ManagedFunction, toError, toTold } from '../../support/managed-function.ts';
import { PATIENTLY } from '../../support/until.ts';

/** For light events beside one that burns, ms; and how often it is tried: the machine is busy with
 * other tests. */
const LIGHT_MS_MAX = 300;
const ROUNDS_MAX = 5;
const BURN_MS = 1000;

test('a thread that burns for a second delays no light event while another is free', async (t) => {
  const managed = await ManagedFunction.start(t, { concurrency: 8, threads: 2 });
  const { emulator } = managed;
  const worst: number[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const heavy = await managed.hold(`heavy-${round}`, [['burnUntil', Date.now() + BURN_MS]]);
    heavy.go();
    let isBurning = true;
    void heavy.result.then(() => {
      isBurning = false;
    });
    const tookMs: number[] = [];
    const light = async (): Promise<void> => {
      while (isBurning) {
        const startedAtMs = performance.now();
        toTold(await managed.run([['wait', 2]]));
        tookMs.push(performance.now() - startedAtMs);
        await emulator.waitForPoll();
      }
    };
    // As many as the other thread has room for.
    await Promise.all([light(), light(), light()]);
    toTold(await heavy.result);
    await emulator.waitForPoll({ count: 8 });
    assert.ok(tookMs.length > 20, `only ${tookMs.length} light events were served`);
    worst.push(Math.max(...tookMs));
    if (Math.min(...worst) < LIGHT_MS_MAX) break;
  }
  t.diagnostic(`the slowest light event of each round, ms: ${worst.map(Math.round)}`);
  assert.ok(Math.min(...worst) < LIGHT_MS_MAX, `${worst} ms`);
});

test('an endless loop left behind by an earlier invocation costs no other event', async (t) => {
  const managed = await ManagedFunction.start(t, { concurrency: 4, threads: 2 });
  const { emulator, gate } = managed;
  // It answers, and then its thread is blocked for ever.
  const { threadId: blocked, pid } = toTold(await managed.run([['leaveSpinning', 'left']]));
  await gate.arrived('left');
  gate.open('left');
  // More than the other thread has room for: they go there one after the other.
  for (let round = 0; round < 30; round += 1) {
    await emulator.waitForPoll({ count: 4 });
    const tokens = Array.from({ length: 4 }, (_, index) => 4 * round + index);
    const all = await Promise.all(tokens.map((token) => managed.run([['wait', 1]], { token })));
    for (const [index, result] of all.entries()) {
      const { token, threadId } = toTold(result);
      assert.deepEqual([token, threadId === blocked], [tokens[index], false]);
    }
  }
  managed.checkProcess(pid);
});

test('the thread that it blocks goes once an event has waited in vain', async (t) => {
  const managed = await ManagedFunction.start(t, { concurrency: 4, threads: 1 });
  const { emulator, gate } = managed;
  toTold(await managed.run([['leaveSpinning', 'left']]));
  await gate.arrived('left');
  const stays = await managed.hold('stays');
  gate.open('left');
  await t.waitFor(
    () => assert.ok(managed.log.some(({ line }) => /left spins/.test(line))),
    PATIENTLY,
  );

  const late = toError(await managed.run([['turn']], { timeoutMs: 1500 }));
  const told = toError(await stays.result);
  await emulator.waitForPoll({ count: 4 });

  assert.equal(late.errorType, 'Sandbox.Timedout');
  assert.match(late.trace.join('\n'), /the event waited for a thread whose loop did not turn/);
  assert.equal(told.errorType, 'Runtime.NeighbourFailed');
});

test('exclusive: no two share a thread, and a crash hurts nobody else', async (t) => {
  const random = seededRandom(2);
  const managed = await ManagedFunction.start(t, {
    concurrency: 4,
    env: { BULKHEAD_PLACEMENT: 'exclusive' },
  });
  const { emulator } = managed;
  const used = new Set<number>();
  const running: Promise<void>[] = [];
  let crashes = 0;
  for (let nth = 1; nth <= 300; nth += 1) {
    await emulator.waitForPoll();
    const wait = ['wait', Math.floor(random() * 10)] as const;
    if (nth % 60 === 0) {
      crashes += 1;
      const crash = managed.run([wait, [crashes % 2 === 0 ? 'exit' : 'throwInTimer']]);
      const check = async (): Promise<void> => {
        assert.match(toError(await crash).errorType, /^(RangeError|Runtime\.ExitError)$/);
      };
      running.push(check());
    } else {
      const result = managed.run([wait], { token: nth });
      const check = async (): Promise<void> => {
        const { most, threadId, token } = toTold(await result);
        assert.deepEqual([most, token], [1, nth]);
        used.add(threadId);
      };
      running.push(check());
    }
  }
  await Promise.all(running);
  await emulator.waitForPoll({ count: 4 });
  // Four at once are in four threads.
  const held = [];
  for (const name of ['a', 'b', 'c', 'd']) held.push(await managed.hold(name));
  assert.equal(new Set(held.map(({ threadId }) => threadId)).size, 4);
  for (const { go } of held) go();
  for (const { result } of held) assert.equal(toTold(await result).most, 1);

  assert.equal(crashes, 5);
  assert.ok(used.size > 4, 'lost threads are replaced');
  assert.equal(emulator.restartCount, 0);
  assert.equal(emulator.peakLoad.both, 4);
});

test('without it they do share', async (t) => {
  const managed = await ManagedFunction.start(t, { concurrency: 4, threads: 2 });
  const held: Held[] = [];
  for (const name of ['a', 'b', 'c', 'd']) held.push(await managed.hold(name));
  for (const { go } of held) go();
  const most = await Promise.all(held.map(async ({ result }) => toTold(await result).most));
  assert.ok(Math.max(...most) > 1, `${most} at once in a thread`);
});

test('isolation by invocation: each event has a thread that has served nobody', async (t) => {
  const env = { BULKHEAD_ISOLATION: 'invocation' };
  const managed = await ManagedFunction.start(t, { concurrency: 4, env });
  const used = new Set<number>();
  for (let round = 0; round < 5; round += 1) {
    const held: Held[] = [];
    await managed.emulator.waitForPoll({ count: 4 });
    for (let nth = 0; nth < 4; nth += 1) held.push(await managed.hold(`r${round}-${nth}`));
    for (const { threadId } of held) used.add(threadId);
    for (const one of held) one.go();
    for (const { result } of held) toTold(await result);
  }
  assert.equal(used.size, 20);
  assert.equal(managed.emulator.peakLoad.both, 4);
});
