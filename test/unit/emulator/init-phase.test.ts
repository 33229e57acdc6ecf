import assert from 'node:assert/strict';
import { test } from 'node:test';

import { InitPhase } from '../../../src/emulator/init-phase.ts';

test('wait() ends with Init, and the duration is told once', async () => {
  const init = new InitPhase();
  init.begin();
  const waited = init.wait(10_000);

  init.end();

  assert.equal(await waited, true);
  assert.ok(Number(init.takeDurationMs()) >= 0);
  assert.equal(init.takeDurationMs(), undefined);
});

test('an Init that is late is given up, and its end no longer counts', async () => {
  const init = new InitPhase();
  init.begin();

  assert.equal(await init.wait(1), false);
  init.end();

  assert.equal(init.takeDurationMs(), undefined);
  assert.equal(await init.wait(1), true);
});

test('an Init that belongs to a snapshot is over, and has no duration', async () => {
  const init = new InitPhase();
  init.begin();
  const waited = init.wait(60_000);
  init.forget();

  assert.equal(await waited, true);
  assert.equal(init.takeDurationMs(), undefined);
});
