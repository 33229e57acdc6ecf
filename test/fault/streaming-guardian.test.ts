// A process that dies in the middle of a streamed response. The platform takes neither another
// answer nor a poll after it (contract, section 3.1), so the environment ends with a reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGuarded } from '../support/guardian.ts';

test('a death in the middle of a stream ends the environment, and the next one serves', async (t) => {
  const { emulator, log } = await startGuarded(t, 'stream-dies-whole.handler');
  assert.equal((await emulator.invoke({})).payload, 'whole');

  const dead = await emulator.invoke({ dies: true });
  assert.equal(dead.functionError, 'Unhandled');
  assert.match(
    JSON.stringify(dead.payload),
    /"errorType":"Runtime\.(ExitError|TruncatedResponse)"/,
  );

  assert.equal((await emulator.invoke({})).payload, 'whole');
  assert.equal(emulator.restartCount, 1);
  const lines = log.map(({ line }) => line).join('\n');
  assert.match(lines, /"runtime_restarted".*signal: killed/);
  assert.match(lines, /"stopped".*Cannot go on serving: GET .*\/next was answered 403/);
});
