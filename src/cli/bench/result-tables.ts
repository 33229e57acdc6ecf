// A result as tables, for the terminal and for the page.
import type { Phase } from '../../core/phases.ts';
import type { BenchResult, ColdStart, VariantResult } from './bench-result.ts';
import { figure, percent } from './figures.ts';
import { type PhaseSummary, summariseStarts } from './phase-summary.ts';
import { loopRounds } from './sentences.ts';
import { ratioOf, type Summary, summarise } from './statistics.ts';
import type { Table } from './tables.ts';

/** Of fewer samples a p99 would be the slowest one. */
const P99_SAMPLES_MIN = 100;

const PHASE_WORDS: Readonly<Partial<Record<Phase, string>>> = {
  receive: 'the event is read',
  dispatch: "to the handler's thread",
  parse: 'JSON in, and the context',
  stringify: 'JSON out',
  return: 'back from the thread',
  respond: 'the answer is sent',
  repoll: 'the next poll is sent',
};

export function toTables(result: BenchResult, phases: PhaseSummary | undefined): Table[] {
  return [
    coldStartTable(result),
    ...(result.startReports.length === 0 ? [] : [stepTable(result)]),
    loopTable(result),
    ...(phases === undefined ? [] : [phaseTable(phases), handlerTable(phases)]),
  ];
}

/** What the ratios are to: the reference client when it was measured. */
export function baseOf({ variants }: BenchResult): VariantResult | undefined {
  return variants.at(-1);
}

function coldStartTable(result: BenchResult): Table {
  const ratioTo = ratiosOf(result);
  const cells = (variant: VariantResult, read: (start: ColdStart) => number): string[] => {
    const own = variant.coldStarts.map(read);
    const { p50, p90 } = summarise(own);
    const ratio = ratioTo(variant, (one) => one.coldStarts.map(read));
    return [figure(p50), figure(p90), ratio];
  };
  return {
    title: 'Cold start, from spawn, in ms',
    header: ['', 'first poll p50', 'p90', 'ratio', 'first answer p50', 'p90', 'ratio'],
    rows: result.variants.map((variant) => [
      variant.title,
      ...cells(variant, ({ firstPollMs }) => firstPollMs),
      ...cells(variant, ({ firstAnswerMs }) => firstAnswerMs),
    ]),
  };
}

function stepTable({ startReports }: BenchResult): Table {
  return {
    title:
      'Cold start of Bulkhead, step by step, from the beginning of its process, in ms (medians)',
    header: ['', 'from', 'to', 'takes'],
    rows: summariseStarts(startReports).map(({ name, fromMs, toMs }) => [
      name,
      ...[fromMs, toMs, toMs - fromMs].map((ms) => ms.toFixed(1)),
    ]),
  };
}

function loopTable(result: BenchResult): Table {
  const ratioTo = ratiosOf(result);
  return {
    title: 'Warm loop, from the event to the next poll, in µs',
    header: ['', 'p50', 'p90', 'p99', 'ratio p50', 'CPU', 'memory, MB'],
    rows: result.variants.map((variant) => [
      variant.title,
      ...quantiles(summarise(variant.loopUs.flat())),
      ratioTo(variant, loopRounds),
      figure(variant.cpuUs),
      figure(variant.rssMb),
    ]),
  };
}

function phaseTable({ rows, overheadUs }: PhaseSummary): Table {
  return {
    title: 'What the runtime adds, phase by phase, in µs',
    header: ['', 'p50', 'p90', 'p99', 'share'],
    rows: [
      ...rows.map(({ phase, summary, share }) => [
        `${phase}: ${PHASE_WORDS[phase]}`,
        ...quantiles(summary),
        percent(share),
      ]),
      ['all', ...quantiles(overheadUs), percent(1)],
    ],
  };
}

function handlerTable({ handlerUs, heapMb }: PhaseSummary): Table {
  return {
    title: 'The handler',
    header: ['', 'p50', 'p90', 'p99'],
    rows: [
      ['its own time, µs', ...quantiles(handlerUs)],
      ['heap after it, MB', ...quantiles(heapMb)],
    ],
  };
}

function quantiles(summary: Summary | undefined): string[] {
  if (summary === undefined) return ['-', '-', '-'];
  const { count, p50, p90, p99 } = summary;
  return [figure(p50), figure(p90), figure(count < P99_SAMPLES_MIN ? undefined : p99)];
}

/** Makes ratios to the base such as `0.62 [0.58–0.66]`; of the base itself `1`. */
function ratiosOf(
  result: BenchResult,
): (variant: VariantResult, read: (of: VariantResult) => number[]) => string {
  const base = baseOf(result);
  return (variant, read) => {
    if (base === undefined || variant === base) return '1';
    const { ratio, low, high } = ratioOf(read(variant), read(base));
    return `${ratio.toFixed(2)} [${low.toFixed(2)}–${high.toFixed(2)}]`;
  };
}
