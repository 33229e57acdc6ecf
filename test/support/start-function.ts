// A handler of test/fixtures behind the real runtime, as a process of its own, under the emulator.

import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  Emulator,
  type EmulatorOptions,
  type LogEntry,
  type RuntimeExchange,
} from '../../src/emulator/emulator.ts';

const ROOT = fileURLToPath(new URL('../fixtures/handlers', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

export type RunningFunction = { readonly emulator: Emulator; readonly log: LogEntry[] };

/** Starts what `npm run build` has built; the emulator is closed when the test ends. */
export async function startFunction(
  context: TestContext,
  handler: string,
  options: EmulatorOptions = {},
): Promise<RunningFunction> {
  const log: LogEntry[] = [];
  const emulator = await Emulator.start({
    root: ROOT,
    handler,
    command: [process.execPath, MAIN, 'start', handler],
    timeoutMs: 3000,
    memoryMb: 256,
    onLog: (entry) => log.push(entry),
    ...options,
  });
  context.after(() => emulator.close());
  return { emulator, log };
}

/** Statuses of all answers the Runtime API got for a request id, once the first is finished. */
export async function answersFor(
  emulator: Emulator,
  requestId: string,
): Promise<(number | undefined)[]> {
  const isAnswer = (exchange: RuntimeExchange): boolean =>
    exchange.requestId === requestId && ['response', 'error'].includes(exchange.endpoint);
  await emulator.waitForExchange(isAnswer);
  return emulator.exchanges.filter(isAnswer).map(({ status }) => status);
}
