// Managed Instances with the test as the runtime: one invocation that has been handed out.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import type {
  Emulator,
  EmulatorOptions,
  InvokeOptions,
  InvokeResult,
} from '../../../../src/emulator/emulator.ts';
import { answerPath, idOf, next, post, type RawReply, startBare } from './raw-runtime.ts';

/** An emulator whose invocation of id `id` has been handed out. */
export async function startOne(
  t: TestContext,
  invoke: InvokeOptions = {},
  options: EmulatorOptions = {},
): Promise<{
  readonly emulator: Emulator;
  readonly event: RawReply;
  readonly result: Promise<InvokeResult>;
}> {
  const emulator = await startBare(t, { concurrency: 4, ...options });
  const poll = next(emulator);
  await emulator.waitForPoll();
  const result = emulator.invoke({}, { requestId: 'id', logTail: true, ...invoke });
  return { emulator, event: await poll, result };
}

/** One more invocation, to show that the environment is well. */
export async function serveOne(emulator: Emulator): Promise<unknown> {
  const poll = next(emulator);
  await emulator.waitForPoll();
  const result = emulator.invoke();
  await post(emulator, answerPath(idOf(await poll)), { body: '"served"' });
  return (await result).payload;
}

export function checkRefusal(reply: RawReply, status: 400 | 410): void {
  assert.equal(reply.status, status);
  assert.deepEqual(
    JSON.parse(reply.text),
    status === 400
      ? { errorMessage: 'Invalid request ID', errorType: 'InvalidRequestID' }
      : { errorMessage: 'Invoke timeout', errorType: 'InvokeTimeout' },
  );
}
