// The death of the whole process under the guardian: the host starts nothing anew.
import assert from 'node:assert/strict';

import { killProcess } from '../support/guardian.ts';
import type { Failure } from './check.ts';
import type { Caller } from './host.ts';
import type { Scenario } from './scenario.ts';

const HANDLER = 'fixtures/handlers/dies-whole.handler';

const DEATHS = [
  { signal: 'SIGSEGV', words: 'segmentation fault' },
  { signal: 'SIGABRT', words: 'aborted' },
  { signal: 'SIGKILL', words: 'killed' },
] as const;

export const guardian: readonly Scenario[] = DEATHS.flatMap(({ signal, words }): Scenario[] => [
  {
    name: `${signal} in the middle of an invocation is answered, and the next event is served`,
    handler: HANDLER,
    isGuarded: true,
    run: async (caller) => {
      const before = await caller.pid();
      const pending = caller.invoke<Failure>({ waits: true });
      await caller.output.waitFor(/\twaiting\n/);
      await killProcess(before, signal);
      const failure = await pending;

      checkExit(failure, `signal: ${words}`);
      await checkServing(caller, before);
    },
  },
  {
    name: `${signal} between two invocations costs no event`,
    handler: HANDLER,
    isGuarded: true,
    env: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG' },
    run: async (caller) => {
      const first = await caller.pid();
      await killProcess(first, signal);
      // This event comes at once, the next one finds a new process waiting.
      await checkServing(caller, first);
      const second = await caller.pid();
      await killProcess(second, signal);
      await caller.output.waitFor(/("init_ok"(.|\n)*){3}/);
      await settled();
      await checkServing(caller, second);
    },
  },
]);

/** Time for a poll to go out that must not: the platform would give the event to the one before. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}

function checkExit(failure: Failure, words: string): void {
  assert.equal(failure.errorType, 'Runtime.ExitError', JSON.stringify(failure));
  const why = `Runtime exited with error: ${words}`;
  assert.match(failure.errorMessage, new RegExp(`^RequestId: [0-9a-f-]{36} Error: ${why}$`));
  assert.deepEqual(failure.trace, [], 'the runtime has answered, not the platform');
}

async function checkServing(caller: Caller, deadPid: number): Promise<void> {
  const pid = await caller.pid();
  assert.notEqual(pid, deadPid);
  // And so on: several, because a poll that was left behind could take one of them.
  for (let count = 0; count < 3; count += 1) assert.equal(await caller.pid(), pid);
  assert.ok(!/Task timed out/.test(caller.output.text), caller.output.text);
}
