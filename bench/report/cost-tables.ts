// Turns a result into the tables that a person reads, on a terminal or in the README.

import { type Table, textTable } from '../../src/cli/bench/tables.ts';
import type { MetricName } from '../cost/metrics.ts';
import type { BenchResult, ColdResult, LoopResultRow, VariantResult } from '../cost/result.ts';
import { markdownTable } from '../support/markdown-table.ts';
import { floorNote, originLines, sizeText, tailOf } from './cost-words.ts';
import { intervalText, targetTable, verdictsText } from './target-words.ts';

export function renderText(result: BenchResult): string {
  const tables = [...tablesOf(result), ...targetTables(result)];
  const blocks = tables.map((table) => `${table.title}\n\n${textTable(table)}`);
  const end = result.targets.length === 0 ? [] : ['', `Targets: ${verdictsText(result)}`];
  return `${[...originLines(result), '', ...blocks, ...floorNote(result), ...end].join('\n')}\n`;
}

export function renderMarkdown(result: BenchResult): string {
  const tables = [...tablesOf(result), ...targetTables(result)];
  const blocks = tables.map((table) => `**${table.title}**\n\n${markdownTable(table)}`);
  const origin = originLines(result).join('  \n');
  return `${[origin, '', ...blocks, ...floorNote(result)].join('\n')}\n`;
}

function targetTables(result: BenchResult): Table[] {
  return result.targets.length === 0 ? [] : [targetTable(result)];
}

/** All figures, but for the targets. */
export function tablesOf(result: BenchResult): Table[] {
  const sizes = result.variants[0]?.loops.map((loop) => loop.payloadBytes) ?? [];
  const { variants, sdk } = result;
  return [
    startTable(result, 'Cold start, from spawn, in ms', variants, ['firstPoll', 'firstAnswer']),
    ...(sdk.length === 0 ? [] : [sdkTable(result)]),
    ...sizes.map((payloadBytes, at) => loopTable(result, payloadBytes, at)),
    memoryTable(result),
  ];
}

function sdkTable(result: BenchResult): Table {
  const title = 'Cold start of a handler that loads two AWS SDK clients and a logger, in ms';
  return startTable(result, title, result.sdk, ['sdkFirstPoll', 'sdkFirstAnswer']);
}

function startTable(
  result: BenchResult,
  title: string,
  variants: readonly ColdResult[],
  [poll, answer]: readonly [MetricName, MetricName],
): Table {
  return {
    title,
    header: [
      'variant',
      'first poll p50',
      'p90',
      'min',
      'ratio',
      'first answer p50',
      'p90',
      'ratio',
    ],
    rows: variants.map((variant) => [
      variant.title,
      fixed(variant.firstPollMs.p50),
      fixed(variant.firstPollMs.p90),
      fixed(variant.firstPollMs.min),
      ratioText(result, variant, poll),
      fixed(variant.firstAnswerMs.p50),
      fixed(variant.firstAnswerMs.p90),
      ratioText(result, variant, answer),
    ]),
  };
}

function loopTable(result: BenchResult, payloadBytes: number, at: number): Table {
  const ratio = (variant: VariantResult, metric: MetricName): string =>
    ratioText(result, variant, metric, payloadBytes);
  const tail = tailOf(result, at);
  return {
    title: `Warm loop per invocation, ${sizeText(payloadBytes)} event, in microseconds`,
    header: [
      'variant',
      'loop p50',
      'p90',
      'p99',
      'p99.9',
      'min',
      'to answer p50',
      'to poll p50',
      'CPU',
      'ratio p50',
      `ratio ${tail.label}`,
      'ratio CPU',
    ],
    rows: result.variants.map((variant) => [
      variant.title,
      ...loopCells(variant.loops[at]),
      ratio(variant, 'loopP50'),
      ratio(variant, tail.metric),
      ratio(variant, 'cpu'),
    ]),
  };
}

function loopCells(loop: LoopResultRow | undefined): string[] {
  if (loop === undefined) return [];
  const { loopUs, loopP999Us, answerUs, pollUs, cpuUs } = loop;
  const cells = [loopUs.p50, loopUs.p90, loopUs.p99, loopP999Us, loopUs.min];
  return [...cells, answerUs.p50, pollUs.p50, cpuUs.p50].map((value) => value?.toFixed(0) ?? '');
}

function memoryTable(result: BenchResult): Table {
  const reference = result.variants.find((variant) => variant.name === result.reference);
  return {
    title: `Resident memory after ${result.parameters.memoryAfter.toLocaleString('en')} invocations, in MB`,
    header: ['variant', 'RSS p50', 'peak', 'against the reference', 'connections'],
    rows: result.variants.map((variant) => {
      const more = variant.rssMb.p50 - (reference?.rssMb.p50 ?? 0);
      return [
        variant.title,
        fixed(variant.rssMb.p50),
        fixed(variant.rssPeakMb.max),
        variant === reference ? 'reference' : `${more < 0 ? '' : '+'}${fixed(more)}`,
        String(variant.connections),
      ];
    }),
  };
}

/** For example `0.62 [0.58–0.66]`: the ratio and its 95 % interval. */
function ratioText(
  result: BenchResult,
  variant: ColdResult,
  metric: MetricName,
  payloadBytes?: number,
): string {
  if (variant.name === result.reference) return 'reference';
  const row = result.ratios.find(
    (candidate) =>
      candidate.variant === variant.name &&
      candidate.metric === metric &&
      candidate.payloadBytes === payloadBytes,
  );
  if (row === undefined) return '';
  return intervalText(row.ratio, row.low, row.high);
}

function fixed(value: number): string {
  return value.toFixed(1);
}
