// A result as one page that is complete in one file: it loads nothing, in light or in dark.
import type { BenchResult, ColdStart, VariantResult } from './bench-result.ts';
import { loopChart } from './loop-chart.ts';
import { cards, figure, htmlTable, legend, pageOf, paragraph } from './page-parts.ts';
import { COLOURS, pageStyle } from './page-style.ts';
import { loopPhaseChart, waterfall } from './phase-charts.ts';
import { type PhaseSummary, summarisePhases, summariseStarts } from './phase-summary.ts';
import { baseOf, toTables } from './result-tables.ts';
import {
  isolationSentence,
  LOOP_NOTE,
  originLines,
  overheadSentence,
  ratioSentence,
} from './sentences.ts';
import { type Starts, startChart } from './start-chart.ts';
import { curveOf, summarise } from './statistics.ts';
import { toXmlText } from './svg.ts';

export function renderPage(result: BenchResult): string {
  const phases = summarisePhases(result.reports);
  const { handler, missing, takenAt } = result;
  const title = `bulkhead bench ${handler}`;
  return pageOf(title, pageStyle(COLOURS), [
    `<h1>${toXmlText(title)}</h1>`,
    `<p class="lead">${toXmlText(overheadSentence(result, phases))}</p>`,
    ...[isolationSentence(result), ...missing].map(paragraph),
    paragraph([takenAt.slice(0, 10), ...originLines(result)].join('; ')),
    ...compareSection(result),
    ...ownSection(result, phases),
    '<h2>All figures</h2>',
    paragraph(ratioSentence(baseOf(result))),
    ...toTables(result, phases).map(htmlTable),
  ]);
}

function compareSection({ variants }: BenchResult): string[] {
  const curves = variants.map(({ name, loopUs }) => ({ name, curve: curveOf(loopUs.flat()) }));
  return [
    '<h2>Against the others</h2>',
    paragraph(
      'Of a cold start the upper dots are first polls, the lower ones first answers, from spawn; ' +
        'lines and numbers are the medians. Of the warm loop, from the event to the next poll, ' +
        'each line is the share of invocations that took at most so long; further left is ' +
        `better. ${LOOP_NOTE}`,
    ),
    legend(variants),
    cards([
      figure('Cold starts', startChart(variants.map(toStarts))),
      figure('The warm loop', loopChart(curves) ?? ''),
    ]),
  ];
}

function ownSection({ startReports }: BenchResult, phases: PhaseSummary | undefined): string[] {
  const variant = 'bulkhead';
  const steps = summariseStarts(startReports).map(({ name, fromMs, toMs }) => ({
    name,
    startMs: fromMs,
    endMs: toMs,
  }));
  const rows = phases?.rows.map(({ phase, summary }) => ({ name: phase, us: summary })) ?? [];
  const charts = [
    ...(steps.length === 0
      ? []
      : [figure('A cold start, step by step', waterfall({ variant, steps }))]),
    ...(rows.length === 0
      ? []
      : [figure('What it adds to an invocation', loopPhaseChart({ variant, phases: rows }))]),
  ];
  if (charts.length === 0) return [];
  return [
    '<h2>Where the time goes in Bulkhead</h2>',
    paragraph(
      'By its own telling. Each step of a start is where it was, from the beginning of the ' +
        'process (medians); the thread starts while the rest is loaded. Each phase of an ' +
        'invocation is a line from the least to p99, thick from the median to p90; the handler ' +
        'is not in it.',
    ),
    cards(charts),
  ];
}

function toStarts({ name, title, coldStarts }: VariantResult): Starts {
  const samples = (read: (start: ColdStart) => number): number[] => coldStarts.map(read);
  const firstPollSamplesMs = samples(({ firstPollMs }) => firstPollMs);
  const firstAnswerSamplesMs = samples(({ firstAnswerMs }) => firstAnswerMs);
  return {
    name,
    title,
    firstPollMs: summarise(firstPollSamplesMs),
    firstAnswerMs: summarise(firstAnswerSamplesMs),
    firstPollSamplesMs,
    firstAnswerSamplesMs,
  };
}
