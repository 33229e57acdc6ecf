// A fault that is part of Init: what the first caller and the platform see of it, and what next.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultRow } from './fault-row.ts';
import { type FaultyFunction, startFaulty } from './faulty-function.ts';
import { type Invoked, type Observation, runNext, stopReason, toSeen } from './observe-fault.ts';

/** Lambda gives Init this long, ms. */
const INIT_TIMEOUT_MS = 10_000;
/** What does not come back gets this long, and more on a machine with other things to do, ms. */
const SHORT_INIT_TIMEOUT_MS = 1000;
const SLOW_INIT_TIMEOUT_MS = 2500;

/** The fault happens in the first Init only; the second one is healthy. */
export async function observeInit(row: FaultRow, slackMs: number): Promise<Observation> {
  const isEndless = row.expect.exitStatus === undefined;
  const shortMs = slackMs === 0 ? SHORT_INIT_TIMEOUT_MS : SLOW_INIT_TIMEOUT_MS;
  const initTimeoutMs = isEndless ? shortMs : INIT_TIMEOUT_MS;
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-init-'));
  const env = { FAULT_AT_INIT: row.name, FAULT_ONCE: join(folder, 'once') };
  const running = await startFaulty(
    { initTimeoutMs, ...row.setup, env: { ...env, ...row.setup?.env } },
    { isExitTold: true, slackMs },
  );
  try {
    const caller = await invokeCold(running);
    const { nextMs, lost, pid } = await runNext(running);
    const { emulator, log } = running;
    return {
      caller: toSeen(
        caller,
        emulator.exchanges.filter(({ endpoint }) => endpoint === 'initError'),
      ),
      follower: undefined,
      nextMs,
      lost,
      left: undefined,
      pid,
      isSamePid: false,
      environments: emulator.restartCount,
      stopReason: stopReason(log.map(({ line }) => line)),
      exitStatus: exitStatus(log.map(({ line }) => line)),
    };
  } finally {
    await running.emulator.close();
    rmSync(folder, { recursive: true });
  }
}

/** The clock of the first event begins when Init is over, or is repeated. */
async function invokeCold({ emulator, timeoutMs, slackMs }: FaultyFunction): Promise<Invoked> {
  const startedAtMs = performance.now();
  const result = await emulator.invoke({}, { timeoutMs: timeoutMs + slackMs });
  return { result, tookMs: performance.now() - startedAtMs, deadlineEpochMs: undefined };
}

/** Told by the shell around the process; undefined when the platform had to end it. */
function exitStatus(lines: readonly string[]): number | undefined {
  const [, status] = /^exit status (\d+)$/m.exec(lines.join('\n')) ?? [];
  return status === undefined ? undefined : Number(status);
}
