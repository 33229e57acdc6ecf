// What the guardian gives the process is not the handler's to see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGuarded } from '../support/guardian.ts';

test('the options of the process are not those of the handler, nor of threads that it starts', async (context) => {
  const { emulator } = await startGuarded(context, 'process-facts.handler', { memoryMb: 512 });
  const { payload } = await emulator.invoke({ thing: 'handedOn' });
  assert.deepEqual(payload, { value: [[], []] });
});
