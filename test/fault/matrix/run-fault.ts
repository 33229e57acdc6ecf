// Runs one row, once or many times in a row in the same process, and sums up what was seen.

import { judge } from './check-fault.ts';
import type { Expected, FaultRow } from './fault-row.ts';
import { becomeCalm, startFaulty } from './faulty-function.ts';
import { type Observation, observe } from './observe-fault.ts';
import { observeInit } from './observe-init.ts';

export type FaultRun = {
  readonly row: FaultRow;
  /** The expectation that the last run has met. */
  readonly met: Expected;
  readonly observations: readonly Observation[];
  /** In words, with the number of the run; empty when the row behaves as it has to. */
  readonly flaws: readonly string[];
};

export type RunOptions = {
  /** Times count: answers before the deadline, and the next one soon. Needs a machine that has
   * nothing else to do; without, the platform waits a little longer than it says. */
  readonly isStrict: boolean;
};

/** How much longer it waits then, ms: a virtual machine may stand still for seconds. */
const SLACK_MS = 5000;

/** Never rejects: what goes wrong is a flaw. */
export async function runFault(
  row: FaultRow,
  times: number,
  { isStrict }: RunOptions,
): Promise<FaultRun> {
  const slackMs = isStrict ? 0 : SLACK_MS;
  const observations: Observation[] = [];
  const flaws: string[] = [];
  let met = row.expect;
  const note = (seen: Observation): void => {
    observations.push(seen);
    const verdict = judge(row, seen, isStrict);
    met = verdict.expect;
    flaws.push(...verdict.flaws.map((flaw) => `run ${observations.length}: ${flaw}`));
  };
  try {
    if (row.when === 'init')
      for (let run = 0; run < times; run += 1) note(await observeInit(row, slackMs));
    else await runInOneProcess(row, times, slackMs, note);
  } catch (error) {
    flaws.push(`run ${observations.length + 1}: ${String(error)}`);
  }
  return { row, met, observations, flaws };
}

async function runInOneProcess(
  row: FaultRow,
  times: number,
  slackMs: number,
  note: (seen: Observation) => void,
): Promise<void> {
  const running = await startFaulty(row.setup, { slackMs });
  try {
    const { facts, footprint } = await becomeCalm(running);
    let { pid } = facts;
    for (let run = 0; run < times; run += 1) {
      const seen = await observe(row, running, { pid, footprint });
      note(seen);
      pid = seen.pid;
    }
  } finally {
    await running.emulator.close();
  }
}
