// Managed Instances: a thread that was late once is not forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManagedFunction, toTold } from '../../support/managed-function.ts';

const BURN_MS = 300;

test('a thread that was blocked for a while gets events again', async (t) => {
  const managed = await ManagedFunction.start(t, { concurrency: 4, threads: 2 });
  const { emulator, gate } = managed;
  const { threadId: late } = toTold(await managed.run([['leaveBurning', 'left', BURN_MS]]));
  await gate.arrived('left');
  const untilMs = Date.now() + BURN_MS;
  gate.open('left');
  // Events come in front of it, and are moved to the other one.
  while (Date.now() < untilMs) {
    await emulator.waitForPoll({ count: 4 });
    const pair = [managed.run([['turn']]), managed.run([['turn']])];
    for (const result of pair) toTold(await result);
  }

  // It turns: of four events at once each thread takes two.
  const used = new Set<number>();
  for (let round = 0; round < 40; round += 1) {
    await emulator.waitForPoll({ count: 4 });
    const four = [0, 1, 2, 3].map(() => managed.run([['wait', 5]]));
    for (const result of four) {
      const told = toTold(await result);
      used.add(told.threadId);
    }
  }
  assert.ok(used.has(late), `thread ${late} was late once, and now gets none of 160 events`);
  assert.equal(used.size, 2);
});
