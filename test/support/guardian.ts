// The built guardian as the command of an emulator, and the process that it guards.
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EmulatorOptions } from '../../src/emulator/emulator.ts';
import { type RunningFunction, startFunction } from './start-function.ts';

/** What `npm run build` has copied. */
export const GUARDIAN: string = fileURLToPath(
  new URL('../../dist/src/guardian/bootstrap.sh', import.meta.url),
);

export async function startGuarded(
  context: TestContext,
  handler: string,
  options: EmulatorOptions = {},
): Promise<RunningFunction> {
  return startFunction(context, handler, {
    command: [GUARDIAN, handler],
    timeoutMs: 10_000,
    ...options,
    env: { NODE: process.execPath, ...options.env },
  });
}

/** The process that the guardian runs at the moment; Linux only. */
export function guardedPid(guardianPid: number | undefined): number {
  const path = `/proc/${guardianPid}/task/${guardianPid}/children`;
  const [pid] = readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number);
  if (pid === undefined) throw new Error(`the guardian ${guardianPid} has no child`);
  return pid;
}

/** Kills the process and waits until nothing is left of it. */
export async function killProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  while (isThere(pid)) await turn();
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: gone, and waited for by its parent.
    return false;
  }
}
