// A steady load with a few faults, against one process that must live through it.
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultRow } from '../fault/matrix/fault-row.ts';
import { FAULTS } from '../fault/matrix/faults.ts';
import { type FaultyFunction, toText } from '../fault/matrix/faulty-function.ts';
import { seededRandom } from '../sim/sim-clock.ts';

export type LoadOptions = {
  readonly seed: number;
  readonly perSecond: number;
  /** From 0 to 1. */
  readonly faultShare: number;
  readonly isOver: () => boolean;
};

export type LoadCounts = {
  invocations: number;
  readonly faults: Map<string, number>;
};

/** Faults that the process survives and that leave the thread to itself. */
const NAMES: readonly string[] = [
  'busy-loop/during',
  'regex-bomb/during',
  'atomics-wait/during',
  'waits-forever/during',
  'child-sleeps/during',
  'exit-one/during',
  'exit-one/after',
  'stack-overflow/during',
  'throws/during',
  'throws-in-timer/during',
  'throws-in-timer/after',
  'unhandled-rejection/during',
  'never-settles/during',
  'result-too-large/during',
  'result-circular/during',
];

/** Adds to `counts` as it goes. @throws Error when an answer is not what it has to be. */
export async function runLoad(
  running: FaultyFunction,
  options: LoadOptions,
  counts: LoadCounts,
): Promise<void> {
  const random = seededRandom(options.seed);
  const rows = NAMES.map(rowOf);
  let pid: number | undefined;
  /** A fault that begins after its answer may cost the events that come until then. */
  let lurkingUntilMs = 0;
  while (!options.isOver()) {
    const dueAtMs = performance.now() + 1000 / options.perSecond;
    const row = random() < options.faultShare ? pick(rows, random) : undefined;
    const { functionError, payload } = await running.emulator.invoke(toEvent(row));
    counts.invocations += 1;
    const type = functionError && (payload as { readonly errorType: string }).errorType;
    if (row === undefined && type === undefined) pid = checkPid(pid, payload);
    const isExpected = type === expectedType(row) || performance.now() < lurkingUntilMs;
    if (!isExpected) {
      const text = `${row?.name ?? 'a healthy event'}: ${JSON.stringify(payload)}`;
      throw new Error(`Cannot go on, ${text}\n${toText(running.log)}`);
    }
    if (row !== undefined) count(counts.faults, row);
    if (row?.when === 'after') lurkingUntilMs = performance.now() + LURKING_MS;
    // Steady means that what a fault has held up is not made up for.
    await wait(Math.max(0, dueAtMs - performance.now()));
  }
}

/** How long a fault after the answer may take to begin and to be over, ms. */
const LURKING_MS = 1000;

function checkPid(pid: number | undefined, payload: unknown): number {
  const now = (payload as { readonly pid: number }).pid;
  if (pid !== undefined && pid !== now) throw new Error(`Cannot go on: ${pid} has become ${now}`);
  return now;
}

function expectedType(row: FaultRow | undefined): string | undefined {
  if (row === undefined || row.expect.caller === 'result') return undefined;
  return row.expect.caller.type;
}

function toEvent(row: FaultRow | undefined): unknown {
  return row === undefined ? {} : { fault: row.name, when: row.when };
}

function rowOf(id: string): FaultRow {
  const [name, when] = id.split('/');
  const row = FAULTS.find((one) => one.name === name && one.when === when);
  if (row === undefined) throw new Error(`Cannot use "${id}": there is no such row`);
  return row;
}

function pick(rows: readonly FaultRow[], random: () => number): FaultRow | undefined {
  return rows[Math.floor(random() * rows.length)];
}

function count(faults: Map<string, number>, { name, when }: FaultRow): void {
  const id = `${name}/${when}`;
  faults.set(id, (faults.get(id) ?? 0) + 1);
}
