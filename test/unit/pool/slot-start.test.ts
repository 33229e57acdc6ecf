import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InitResult } from '../../../src/core/ports.ts';
import { startWithin } from '../../../src/pool/slot-start.ts';
import { PausedClock } from './paused-clock.ts';

class StartingSlot {
  readonly ends: string[] = [];
  readonly #starting = Promise.withResolvers<InitResult>();

  start(): Promise<InitResult> {
    return this.#starting.promise;
  }

  end(cause: string): void {
    this.ends.push(cause);
  }

  becomeReady(): void {
    this.#starting.resolve({ kind: 'ready' });
  }
}

test('a worker that is frozen as it starts has all its time after the thaw', async () => {
  const clock = new PausedClock();
  const slot = new StartingSlot();
  const started = startWithin(slot, 10_000, clock);
  for (let thaw = 0; thaw < 10; thaw += 1) {
    clock.pass(100);
    clock.freeze(600_000);
  }
  clock.pass(5000);
  assert.deepEqual(slot.ends, []);
  slot.becomeReady();
  assert.deepEqual(await started, { kind: 'ready' });
});

test('a worker that runs for so long without being ready is given up', async () => {
  const clock = new PausedClock();
  const slot = new StartingSlot();
  const started = startWithin(slot, 10_000, clock);
  clock.pass(10_001);
  assert.deepEqual(slot.ends, ['init']);
  const result = await started;
  assert.equal(result.kind, 'failure');
  assert.match(JSON.stringify(result), /was not ready after 10000 ms/);
});
