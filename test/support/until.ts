// Waits for what has no event to wait for, a line in the log of another process above all. It ends
// with the test, so that a condition that never comes true is told by the test's own limit.
import type { TestContext } from 'node:test';
import type { LogEntry } from '../../src/emulator/emulator.ts';

/** For `context.waitFor`, whose own second is not enough on a busy machine. */
export const PATIENTLY = { timeout: 20_000 } as const;
/** A look takes no time to speak of, and the process that is waited for needs the processor. */
const PAUSE_MS = 2;

export async function until(context: TestContext, condition: () => boolean): Promise<void> {
  while (!condition()) {
    context.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Resolves with the first line that fits. */
export async function untilLogged(
  context: TestContext,
  log: readonly LogEntry[],
  pattern: RegExp,
): Promise<string> {
  let line: string | undefined;
  await until(context, () => {
    line = log.find((entry) => pattern.test(entry.line))?.line;
    return line !== undefined;
  });
  return line ?? '';
}
