// Runs one row against a running function and notes what happened; judges nothing.
import { setTimeout as wait } from 'node:timers/promises';
import type { InvokeResult, RuntimeExchange } from '../../../src/emulator/emulator.ts';
import type { FaultRow } from './fault-row.ts';
import {
  type FaultyFunction,
  isCorrect,
  postsFor,
  told,
  toText,
  until,
} from './faulty-function.ts';
import { difference, type Footprint, readFootprint, settle } from './probe.ts';

/** How long after the answer everything has to be in its place again, ms: a native call that
 * cannot be interrupted and the pause of a termination included. */
const SETTLE_MS_MAX = 5000;
/** After so many events without a correct answer the runtime counts as lost. */
const LOST_MAX = 5;
/** How old a child process is when the next event comes, ms. */
const CHILD_AGE_MS = 200;
/** How long ago a deadline was that is past, ms. */
const PAST_MS = 1000;

export type Seen = {
  /** Undefined: the handler's result. */
  readonly errorType: string | undefined;
  readonly errorMessage: string;
  readonly trace: readonly string[];
  /** Header of the report that was taken; undefined when the platform answered itself. */
  readonly header: string | undefined;
  /** Whether the answer came from the runtime: its report was taken. */
  readonly isReported: boolean;
  /** From the event to its answer. */
  readonly tookMs: number;
  /** From the arrival of the report to the deadline. */
  readonly earlyMs: number | undefined;
  /** Reports about it that were taken. */
  readonly takenCount: number;
};

export type Observation = {
  readonly caller: Seen;
  /** With `after`: the event that came once the fault had begun. */
  readonly follower: Seen | undefined;
  /** From the next event's arrival to its correct answer. */
  readonly nextMs: number;
  /** Events that failed before that. */
  readonly lost: number;
  /** Undefined for Init: another process serves then. */
  readonly left: Footprint | undefined;
  /** Who gave the next correct answer. */
  readonly pid: number;
  readonly isSamePid: boolean;
  /** New environments that the platform has had to start. */
  readonly environments: number;
  /** What the runtime said when it ended on purpose. */
  readonly stopReason: string | undefined;
  /** With `init`: exit status of the process; undefined when it did not end by itself. */
  readonly exitStatus: number | undefined;
};

export type Baseline = { readonly pid: number; readonly footprint: Footprint };

/** `during` and `after`; Init has its own way (observe-init.ts). */
export async function observe(
  row: FaultRow,
  running: FaultyFunction,
  baseline: Baseline,
): Promise<Observation> {
  const { emulator, log } = running;
  const restartsBefore = emulator.restartCount;
  const linesBefore = log.length;
  const lines = (): string[] => log.slice(linesBefore).map(({ line }) => line);
  const faulty = await runFaulty(row, running, lines);
  const follower =
    row.when === 'after' ? await runFollower(row, running, lines, baseline) : undefined;
  let next = await runNext(running);
  // Only now are all reports about the earlier ones complete.
  const seen = (invoked: Invoked): Seen =>
    toSeen(invoked, postsFor(emulator, invoked.result.requestId));
  const settleMs = (row.setup?.settleMs ?? SETTLE_MS_MAX) + running.slackMs * 4;
  const target = allowed(row, baseline.footprint);
  let after = await settle(next.pid, settleMs, target);
  if (after === undefined) {
    // It has died after all, when everybody had an answer: the next one tells how it went on.
    next = await runNext(running);
    after = await settle(next.pid, settleMs, target);
  }
  emulator.faults.clear();
  const isServed = follower !== undefined && isCorrect(follower.result);
  return {
    caller: seen(faulty),
    follower: follower && seen(follower),
    nextMs: isServed ? follower.tookMs : next.nextMs,
    lost: next.lost,
    left: after && difference(after, baseline.footprint),
    pid: next.pid,
    isSamePid: next.pid === baseline.pid,
    environments: emulator.restartCount - restartsBefore,
    stopReason: stopReason(lines()),
    exitStatus: undefined,
  };
}

export type Invoked = {
  readonly result: InvokeResult;
  readonly tookMs: number;
  /** Undefined: the platform's own, which begins when Init is over. */
  readonly deadlineEpochMs: number | undefined;
};

/** What it may hold when all is in its place again. */
function allowed({ expect, orElse = [] }: FaultRow, before: Footprint): Footprint {
  const most = (name: 'children' | 'descriptors'): number =>
    Math.max(...[expect, ...orElse].map(({ left }) => left?.[name] ?? 0));
  return {
    ...before,
    children: before.children + most('children'),
    descriptors: before.descriptors + most('descriptors'),
  };
}

type Lines = () => readonly string[];

async function runFaulty(row: FaultRow, running: FaultyFunction, lines: Lines): Promise<Invoked> {
  const { emulator } = running;
  const { outside } = row;
  if (outside?.kind === 'freezeBetween') await freeze(running, outside.ms);
  if (row.api !== undefined) emulator.faults.add(row.api);
  const isPast = outside?.kind === 'deadlineIsPast';
  const invoked = invoke(running, toEvent(row), { isPast });
  if (outside?.kind === 'freezeDuring') {
    await until(running, () => hasBegun(row, lines));
    await freeze(running, outside.ms);
  }
  return await invoked;
}

/** The next event, sent when the fault is known to have begun. */
async function runFollower(
  row: FaultRow,
  running: FaultyFunction,
  lines: Lines,
  baseline: Baseline,
): Promise<Invoked> {
  await until(running, () => hasBegun(row, lines));
  if (row.startsChild === true) {
    const { pid, footprint } = baseline;
    await until(running, () => (readFootprint(pid)?.children ?? 0) > footprint.children);
    // Whoever looks for it must not take it for too old: it is older than the event.
    await wait(CHILD_AGE_MS);
  }
  const { endsWorker = false, process: fate } = row.expect;
  // What ends its worker, or the process, is over when they are; the rest goes on.
  if (endsWorker) {
    await until(running, () => lines().some((line) => line.includes('"worker_ended"')));
  }
  // The platform still holds the poll of the dead process, and will give it the event.
  if (fate === 'restarted') {
    await until(running, () => lines().some((line) => line.includes('"event":"init_ok"')));
  }
  return await invoke(running, {});
}

function hasBegun({ name, fixture }: FaultRow, lines: Lines): boolean {
  return lines().some((line) => line.endsWith(`FAULT ${fixture ?? name}`));
}

export async function runNext(
  running: FaultyFunction,
): Promise<{ readonly nextMs: number; readonly lost: number; readonly pid: number }> {
  const { emulator, timeoutMs, slackMs } = running;
  const startedAtMs = performance.now();
  for (let lost = 0; ; lost += 1) {
    const result = await emulator.invoke({}, { timeoutMs: timeoutMs + slackMs });
    if (isCorrect(result)) {
      const { pid } = result.payload as { pid: number };
      return { nextMs: performance.now() - startedAtMs, lost, pid };
    }
    if (lost >= LOST_MAX) throw new Error(`It is lost: ${told(result)}\n${toText(running.log)}`);
  }
}

async function invoke(
  { emulator, timeoutMs, slackMs }: FaultyFunction,
  event: unknown,
  { isPast = false }: { readonly isPast?: boolean } = {},
): Promise<Invoked> {
  // What the runtime is told, so that it is known here to the millisecond.
  const deadlineEpochMs = Date.now() + (isPast ? -PAST_MS : timeoutMs);
  const startedAtMs = performance.now();
  const result = await emulator.invoke(event, {
    deadlineEpochMs,
    timeoutMs: timeoutMs + slackMs,
  });
  return { result, tookMs: performance.now() - startedAtMs, deadlineEpochMs };
}

export function toSeen(invoked: Invoked, posts: readonly RuntimeExchange[]): Seen {
  const { result, tookMs, deadlineEpochMs } = invoked;
  const { functionError, payload } = result;
  const error = (functionError === undefined ? {} : payload) as Record<string, unknown>;
  const taken = posts.find(isTaken);
  const { trace } = error;
  return {
    errorType: functionError === undefined ? undefined : String(error['errorType']),
    errorMessage: String(error['errorMessage'] ?? ''),
    trace: Array.isArray(trace) ? trace.map(String) : [],
    header: taken?.requestHeaders['lambda-runtime-function-error-type'],
    isReported: taken !== undefined,
    tookMs,
    earlyMs:
      taken === undefined || deadlineEpochMs === undefined
        ? undefined
        : deadlineEpochMs - taken.arrivedAtEpochMs,
    takenCount: posts.filter(isTaken).length,
  };
}

/** The platform has it, whatever became of its reply. */
function isTaken({ status, fault }: RuntimeExchange): boolean {
  if (fault?.kind === 'status' || fault?.kind === 'drop') return false;
  return status === 202 || (fault !== undefined && status === undefined);
}

function toEvent(row: FaultRow): unknown {
  const { event, fixture = row.name, when } = row;
  if (event instanceof Uint8Array) return event;
  return fixture === null ? { ...event } : { ...event, fault: fixture, when, isTold: true };
}

async function freeze({ emulator }: FaultyFunction, ms: number): Promise<void> {
  const pid = emulator.runtimePid;
  if (pid === undefined) throw new Error('Cannot freeze the runtime: none runs');
  process.kill(-pid, 'SIGSTOP');
  // The pause is what is tested.
  await wait(ms);
  process.kill(-pid, 'SIGCONT');
}

export function stopReason(lines: readonly string[]): string | undefined {
  const line = lines.find((one) => one.includes('"event":"stopped"'));
  return line === undefined ? undefined : String(JSON.parse(line)['reason']);
}
