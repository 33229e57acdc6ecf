// The reports of many invocations and starts -> what the runtime adds to each of them, and where.
import { OVERHEAD_PHASES, type Phase } from '../../core/phases.ts';
import type { InvocationReport, StartReport, StartStep } from './report-line.ts';
import { median, type Summary, summarise } from './statistics.ts';

export type Part = 'connection' | 'threads' | 'json';

export type PhaseRow = {
  readonly phase: Phase;
  readonly summary: Summary;
  /** Of what the runtime adds to all invocations, 0 to 1. */
  readonly share: number;
};

export type PhaseSummary = {
  readonly rows: readonly PhaseRow[];
  readonly overheadUs: Summary;
  /** Parts that no report knows are absent. */
  readonly parts: readonly { readonly part: Part; readonly share: number }[];
  readonly handlerUs: Summary | undefined;
  readonly heapMb: Summary | undefined;
};

const PARTS: Readonly<Record<Part, readonly Phase[]>> = {
  connection: ['receive', 'respond', 'repoll'],
  threads: ['dispatch', 'return'],
  json: ['parse', 'stringify'],
};
const PART_NAMES: readonly Part[] = ['connection', 'threads', 'json'];
const MEGABYTE = 1024 * 1024;

/** Undefined when no report knows any phase. */
export function summarisePhases(reports: readonly InvocationReport[]): PhaseSummary | undefined {
  const totalsUs = reports.filter(hasPhases).map(overheadOf);
  if (totalsUs.length === 0) return undefined;
  const allUs = sum(totalsUs);
  const rows = OVERHEAD_PHASES.flatMap((phase): PhaseRow[] => {
    const values = known(reports, ({ phasesUs }) => phasesUs[phase]);
    if (values.length === 0) return [];
    return [{ phase, summary: summarise(values), share: sum(values) / allUs || 0 }];
  });
  return {
    rows,
    overheadUs: summarise(totalsUs),
    parts: PART_NAMES.flatMap((part) => {
      const own = rows.filter(({ phase }) => PARTS[part].includes(phase));
      return own.length === 0 ? [] : [{ part, share: sum(own.map(({ share }) => share)) }];
    }),
    handlerUs: summaryOf(known(reports, ({ phasesUs }) => phasesUs.handler)),
    heapMb: summaryOf(
      known(reports, ({ heapBytes }) => heapBytes).map((bytes) => bytes / MEGABYTE),
    ),
  };
}

/** The steps in their order, each from the median of its beginnings to that of its ends. */
export function summariseStarts(starts: readonly StartReport[]): StartStep[] {
  const names = new Set(starts.flatMap(({ steps }) => steps.map(({ name }) => name)));
  return [...names].map((name) => {
    const own = starts.flatMap(({ steps }) => steps.filter((step) => step.name === name));
    const fromMs = median(own.map((step) => step.fromMs));
    return { name, fromMs, toMs: median(own.map((step) => step.toMs)) };
  });
}

/** What the runtime did for this invocation, in µs. */
function overheadOf({ phasesUs }: InvocationReport): number {
  return sum(OVERHEAD_PHASES.map((phase) => phasesUs[phase] ?? 0));
}

function hasPhases({ phasesUs }: InvocationReport): boolean {
  return OVERHEAD_PHASES.some((phase) => phasesUs[phase] !== undefined);
}

function summaryOf(values: readonly number[]): Summary | undefined {
  return values.length === 0 ? undefined : summarise(values);
}

function known(
  reports: readonly InvocationReport[],
  read: (report: InvocationReport) => number | undefined,
): number[] {
  return reports.map(read).filter((value) => value !== undefined);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
