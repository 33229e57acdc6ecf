// What a run of a row came to, as it is kept in docs/faults.json.
import { type FaultRow, rowId } from './fault-row.ts';
import type { Seen } from './observe-fault.ts';
import type { Footprint } from './probe.ts';
import type { FaultRun } from './run-fault.ts';

export type Range = { readonly min: number; readonly max: number };

export type SeenRecord = {
  /** Null: the handler's result. */
  readonly errorType: string | null;
  readonly header: string | null;
  /** With `<id>` in place of request ids. */
  readonly message: string;
  /** The line of the trace that names the fixture, else the first one. */
  readonly evidence: string | null;
  readonly by: FaultRow['expect']['by'];
  /** From the event to its answer. */
  readonly tookMs: Range;
  /** From the answer to the deadline. */
  readonly earlyMs: Range | null;
};

export type FaultRecord = {
  readonly id: string;
  readonly group: FaultRow['group'];
  readonly when: FaultRow['when'];
  readonly does: string;
  readonly family: string | null;
  readonly runs: number;
  readonly caller: SeenRecord;
  /** The event behind a fault that began after its answer. */
  readonly follower: SeenRecord | null;
  /** To the next correct answer. */
  readonly nextMs: Range & { readonly median: number };
  /** When all has settled after the last run; null: another process serves then. */
  readonly left: Footprint | null;
  readonly process: FaultRow['expect']['process'];
  readonly stopReason: string | null;
  readonly exitStatus: number | null;
};

const REQUEST_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** @throws Error when the row has not been seen even once. */
export function toRecord({ row, met, observations }: FaultRun): FaultRecord {
  const last = observations.at(-1);
  if (last === undefined) throw new Error(`Cannot record ${rowId(row)}: it was never seen`);
  const followers = observations.flatMap(({ follower }) => follower ?? []);
  const times = observations.map(({ nextMs }) => nextMs);
  return {
    id: rowId(row),
    group: row.group,
    when: row.when,
    does: row.does,
    family: row.family ?? null,
    runs: observations.length,
    caller: toSeenRecord(
      met.by,
      observations.map(({ caller }) => caller),
    ),
    follower:
      followers.length === 0
        ? null
        : toSeenRecord(met.follower === undefined ? 'handler' : 'watchdog', followers),
    nextMs: { ...toRange(times), median: round(median(times)) },
    left: last.left ?? null,
    process: met.process,
    stopReason: withoutIds(last.stopReason ?? '') || null,
    exitStatus: last.exitStatus ?? null,
  };
}

function toSeenRecord(by: SeenRecord['by'], all: readonly Seen[]): SeenRecord {
  const last = all.at(-1);
  const early = all.flatMap(({ earlyMs }) => earlyMs ?? []);
  const { errorType, header, errorMessage = '', trace = [] } = last ?? {};
  const [head = ''] = errorMessage.split('\n', 1);
  const telling = trace.find((line) => /\/faults\/(?!handler)[a-z-]+\.mjs:/.test(line));
  return {
    errorType: errorType ?? null,
    header: header ?? null,
    message: withoutIds(errorMessage),
    evidence: withoutPath(telling ?? trace.find((line) => !line.includes(head)) ?? '') || null,
    by,
    tookMs: toRange(all.map(({ tookMs }) => tookMs)),
    earlyMs: early.length === 0 ? null : toRange(early),
  };
}

function withoutIds(text: string): string {
  return text.replace(REQUEST_ID, '<id>').split('\n', 1)[0] ?? '';
}

/** The folder of the checkout is nobody's business. */
function withoutPath(line: string): string {
  return withoutIds(line.trim()).replace(/(file:\/\/)?\/[^ ()]*\/faults\//g, '');
}

function toRange(values: readonly number[]): Range {
  return { min: round(Math.min(...values)), max: round(Math.max(...values)) };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
