// User code may put what it likes in the place of Node's functions, and forget what was loaded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFunction } from '../support/start-function.ts';

for (const isolation of ['shared', 'none']) {
  const settings = { memoryMb: 512, env: { BULKHEAD_ISOLATION: isolation } };

  test(`what user code puts in Node's place is not the runtime's, "${isolation}"`, async (t) => {
    const { emulator, log } = await startFunction(t, 'replaces-builtins.handler', settings);

    const { payload } = await emulator.invoke({});

    assert.deepEqual(payload, { seen: [] }, 'what the runtime has loaded is not in require.cache');
    const logged = log.map(({ line }) => line).filter((line) => /hello|written|format/.test(line));
    assert.equal(logged.length, 1, logged.join('\n'));
    assert.match(logged[0] ?? '', /hello world$/);
  });

  test(`what is loaded later is loaded whole, "${isolation}"`, async (t) => {
    const { emulator } = await startFunction(t, 'replaces-builtins.streaming', settings);

    const { payloadBytes } = await emulator.invoke({});

    assert.equal(new TextDecoder().decode(payloadBytes), 'streamed');
  });
}
