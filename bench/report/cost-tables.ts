// Turns a result into the tables that a person reads, on a terminal or in the README.

import type { BenchResult, LoopResultRow, VariantResult } from '../cost/result.ts';
import { markdownTable, type Table, textTable } from '../support/tables.ts';
import { floorNote, originLines, sizeText, tailOf } from './cost-words.ts';

export function renderText(result: BenchResult): string {
  const blocks = tablesOf(result).map((table) => `${table.title}\n\n${textTable(table)}`);
  return `${[...originLines(result), '', ...blocks, ...floorNote(result)].join('\n')}\n`;
}

export function renderMarkdown(result: BenchResult): string {
  const blocks = tablesOf(result).map((table) => `**${table.title}**\n\n${markdownTable(table)}`);
  const origin = originLines(result).join('  \n');
  return `${[origin, '', ...blocks, ...floorNote(result)].join('\n')}\n`;
}

function tablesOf(result: BenchResult): Table[] {
  const sizes = result.variants[0]?.loops.map((loop) => loop.payloadBytes) ?? [];
  return [
    coldStartTable(result),
    ...sizes.map((payloadBytes, at) => loopTable(result, payloadBytes, at)),
    memoryTable(result),
  ];
}

function coldStartTable(result: BenchResult): Table {
  return {
    title: 'Cold start, from spawn, in ms',
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
    rows: result.variants.map((variant) => [
      variant.title,
      fixed(variant.firstPollMs.p50),
      fixed(variant.firstPollMs.p90),
      fixed(variant.firstPollMs.min),
      ratioText(result, variant, 'firstPoll'),
      fixed(variant.firstAnswerMs.p50),
      fixed(variant.firstAnswerMs.p90),
      ratioText(result, variant, 'firstAnswer'),
    ]),
  };
}

function loopTable(result: BenchResult, payloadBytes: number, at: number): Table {
  const ratio = (variant: VariantResult, metric: string): string =>
    ratioText(result, variant, metric, payloadBytes);
  const tail = tailOf(result, at);
  return {
    title: `Warm loop per invocation, ${sizeText(payloadBytes)} event, in microseconds`,
    header: [
      'variant',
      'loop p50',
      'p90',
      'p99',
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
  const { loopUs, answerUs, pollUs, cpuUs } = loop;
  const cells = [loopUs.p50, loopUs.p90, loopUs.p99, loopUs.min, answerUs.p50, pollUs.p50];
  return [...cells, cpuUs.p50].map((value) => value.toFixed(0));
}

function memoryTable(result: BenchResult): Table {
  const reference = result.variants.find((variant) => variant.name === result.reference);
  return {
    title: 'Resident memory after the 100 B loop, in MB, and connections to the server',
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

/** For example `0.62 [0.58-0.66]`: the ratio and its 95 % interval. */
function ratioText(
  result: BenchResult,
  variant: VariantResult,
  metric: string,
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
  return `${row.ratio.toFixed(2)} [${row.low.toFixed(2)}-${row.high.toFixed(2)}]`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
