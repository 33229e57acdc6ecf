// The lines that the runtime writes with BULKHEAD_REPORT=1, of its start and of each invocation,
// among all others of the log. What a line does not know is left out of it.
import { PHASES, type PhaseTimes, REPORT_TYPE, START_TYPE } from '../../core/phases.ts';

/** Of an invocation that was answered. */
export type InvocationReport = {
  readonly requestId: string;
  readonly phasesUs: PhaseTimes;
  readonly heapBytes: number | undefined;
};

/** From the beginning of the process; steps may overlap. */
export type StartReport = {
  /** When that was, in ms on the clock that all processes share. */
  readonly processAtMs: number;
  readonly durationMs: number;
  readonly steps: readonly StartStep[];
};
export type StartStep = { readonly name: string; readonly fromMs: number; readonly toMs: number };

export type Report = {
  readonly invocation?: InvocationReport;
  readonly start?: StartReport;
};

/** Reads one line of the log; empty for every line that is no report. */
export function parseReport(line: string): Report {
  if (!line.startsWith('{"type":"bulkhead.')) return {};
  const fields = parseFields(line);
  if (fields['type'] === START_TYPE) return { start: toStart(fields) };
  if (fields['type'] !== REPORT_TYPE || fields['outcome'] !== 'success') return {};
  return { invocation: toInvocation(fields) };
}

function toInvocation(fields: Fields): InvocationReport {
  const given = Object(fields['overheadUs']) as Fields;
  return {
    requestId: String(fields['requestId']),
    phasesUs: Object.fromEntries(
      PHASES.map((phase) => [phase, toNumber(given[phase])]).filter(([, us]) => us !== undefined),
    ),
    heapBytes: toNumber(fields['heapBytesAfter']),
  };
}

function toStart({ processAtMs, durationMs, steps }: Fields): StartReport {
  const rows: unknown[] = Array.isArray(steps) ? steps : [];
  return {
    processAtMs: toNumber(processAtMs) ?? 0,
    durationMs: toNumber(durationMs) ?? 0,
    steps: rows.flatMap((row) => {
      const { name, fromMs, toMs } = Object(row) as Fields;
      const [from, to] = [toNumber(fromMs), toNumber(toMs)];
      if (from === undefined || to === undefined) return [];
      return [{ name: String(name), fromMs: from, toMs: to }];
    }),
  };
}

type Fields = { readonly [name: string]: unknown };

function parseFields(line: string): Fields {
  try {
    return Object(JSON.parse(line)) as Fields;
  } catch {
    // A handler may write any line, such as one that only begins like a report.
    return {};
  }
}

function toNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
