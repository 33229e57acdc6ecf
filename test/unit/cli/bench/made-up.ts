// A result that nobody has measured, for the tests of the reports.
import type { BenchResult, VariantResult } from '../../../../src/cli/bench/bench-result.ts';
import type { InvocationReport, StartReport } from '../../../../src/cli/bench/report-line.ts';

const TITLES = {
  bulkhead: 'Bulkhead',
  'bulkhead-none': 'without isolation',
  'aws-lambda-ric': 'aws-lambda-ric',
} as const;

/** 7 phases of 1 to 7 µs, a handler of 500 µs; every tenth is ten times as slow. */
export function madeUpReports(count: number): InvocationReport[] {
  return Array.from({ length: count }, (_, at) => {
    const factor = at % 10 === 9 ? 10 : 1;
    const [receive, dispatch, parse, stringify] = [1, 2, 3, 4].map((us) => us * factor);
    const [back, respond, repoll] = [5, 6, 7].map((us) => us * factor);
    return {
      requestId: `id-${at}`,
      phasesUs: {
        ...{ wait: 9000, receive, dispatch, parse, handler: 500, stringify },
        ...{ return: back, respond, repoll },
      } as InvocationReport['phasesUs'],
      heapBytes: 8 * 1024 * 1024,
    };
  });
}

/** @param laterMs How much later its second step is than that of the fastest. */
export function madeUpStart(laterMs: number): StartReport {
  return {
    processAtMs: 1000,
    durationMs: 60 + laterMs,
    steps: [
      { name: 'Node.js', fromMs: 0, toMs: 20 },
      { name: 'thread', fromMs: 25 + laterMs, toMs: 60 + laterMs },
    ],
  };
}

export function madeUpVariant(name: VariantResult['name'], factor: number): VariantResult {
  return {
    name,
    title: TITLES[name],
    coldStarts: [80, 90, 100].map((ms) => ({
      firstPollMs: ms * factor,
      firstAnswerMs: (ms + 10) * factor,
    })),
    loopUs: Array.from({ length: 10 }, () => [200, 220, 300].map((us) => us * factor)),
    cpuUs: 150 * factor,
    rssMb: 70 * factor,
  };
}

export function madeUpResult(changes: Partial<BenchResult> = {}): BenchResult {
  return {
    schema: 1,
    takenAt: '2026-01-01T00:00:00.000Z',
    handler: 'app.<handler>',
    bulkhead: '1.2.3',
    node: '24.0.0',
    machine: { cpu: 'A & B', cores: 2, system: 'linux x64 6' },
    parameters: {
      coldStarts: 3,
      invocations: 30,
      eventBytes: 100,
      timeoutMs: 3000,
      memoryMb: 1024,
    },
    missing: [],
    variants: [madeUpVariant('bulkhead', 1), madeUpVariant('bulkhead-none', 0.5)],
    reports: madeUpReports(30),
    startReports: [0, 2, 10].map(madeUpStart),
    ...changes,
  };
}
