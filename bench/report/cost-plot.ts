// One picture of a result: the warm loop as bars of ratios, the cold starts as dots.

import {
  bar,
  dot,
  drawing,
  faint,
  ink,
  line,
  muted,
  text,
  ticks,
} from '../../src/cli/bench/svg.ts';
import type { BenchResult, RatioRow, VariantResult } from '../cost/result.ts';
import { colourOf } from '../support/colours.ts';
import { sizeText, tailOf } from './cost-words.ts';

const WIDTH = 960;
const LEFT = 70;
const RIGHT = WIDTH - 24;
const BARS_TOP = 128;
const BARS_BOTTOM = 400;
const DOTS_TOP = 520;
const ROW_HEIGHT = 56;
const RATIO_SHOWN_MAX = 4;

export function renderPlot(result: BenchResult): string {
  const height = DOTS_TOP + result.variants.length * ROW_HEIGHT + 70;
  const title = 'Bulkhead: cost of the runtime, warm and cold';
  return drawing(WIDTH, height, [
    `<title>${title}</title>`,
    text({ x: 24, y: 34 }, title, { size: 20, weight: 600 }),
    text({ x: 24, y: 54 }, subtitle(result), { fill: muted }),
    ...legend(result),
    ...barPanel(result),
    ...dotPanel(result),
  ]);
}

function subtitle({ origin }: BenchResult): string {
  const { machine } = origin;
  return `Node ${origin.node}, ${machine.cpu}, ${machine.cores} cores, commit ${origin.commit}`;
}

function legend(result: BenchResult): string[] {
  let x = 24;
  return result.variants.flatMap((variant) => {
    const from = x;
    x += 38 + variant.title.length * 6.4;
    return [
      bar({ x: from, y: 68 }, 12, 12, colourOf(variant.name)),
      text({ x: from + 18, y: 78 }, variant.title),
    ];
  });
}

function barPanel(result: BenchResult): string[] {
  const shown = result.variants.filter((variant) => variant.name !== result.reference);
  const groups = (result.variants[0]?.loops ?? []).flatMap(({ payloadBytes }, at) =>
    // With larger events there are too few of them for the tail.
    [{ metric: 'loopP50', label: 'p50' }, ...(at === 0 ? [tailOf(result, at)] : [])].map(
      ({ metric, label }) => ({
        label: `${sizeText(payloadBytes)}, ${label}`,
        rows: shown.map((variant) => ratioOf(result, variant.name, metric, payloadBytes)),
      }),
    ),
  );
  const highs = groups.flatMap(({ rows }) => rows.map((row) => row?.high ?? 0));
  const max = Math.min(RATIO_SHOWN_MAX, Math.max(1.1, ...highs) * 1.08);
  const y = (ratio: number): number =>
    BARS_BOTTOM - (Math.min(ratio, max) / max) * (BARS_BOTTOM - BARS_TOP);
  const groupWidth = (RIGHT - LEFT) / Math.max(1, groups.length);
  const reference = result.variants.find((variant) => variant.name === result.reference);
  const heading = `Warm loop per invocation, ratio to ${reference?.title ?? result.reference}`;
  return [
    text({ x: 24, y: BARS_TOP - 18 }, `${heading} (lower is better)`, { size: 14, weight: 600 }),
    ...ticks(max).flatMap((tick) => [
      line({ x: LEFT, y: y(tick) }, { x: RIGHT, y: y(tick) }, faint),
      text({ x: LEFT - 8, y: y(tick) + 4 }, tick.toFixed(2), { anchor: 'end', fill: muted }),
    ]),
    text({ x: 26, y: (BARS_TOP + BARS_BOTTOM) / 2 }, 'ratio', { anchor: 'middle', turn: -90 }),
    ...groups.flatMap(({ label, rows }, at) => {
      const from = LEFT + at * groupWidth;
      return [
        ...rows.flatMap((row, index) =>
          ratioBar({ row, index, of: rows.length, from, groupWidth, y }),
        ),
        text({ x: from + groupWidth / 2, y: BARS_BOTTOM + 18 }, label, { anchor: 'middle' }),
      ];
    }),
    line({ x: LEFT, y: y(1) }, { x: RIGHT, y: y(1) }, colourOf(result.reference), 2, '6 4'),
    line({ x: LEFT, y: BARS_BOTTOM }, { x: RIGHT, y: BARS_BOTTOM }, ink),
    text(
      { x: (LEFT + RIGHT) / 2, y: BARS_BOTTOM + 40 },
      'size of the event, and quantile of the loop (whiskers: 95 % interval over rounds; ' +
        'dashed: the reference)',
      { anchor: 'middle', fill: muted },
    ),
  ];
}

type RatioBar = {
  readonly row: RatioRow | undefined;
  readonly index: number;
  readonly of: number;
  readonly from: number;
  readonly groupWidth: number;
  readonly y: (ratio: number) => number;
};

function ratioBar({ row, index, of, from, groupWidth, y }: RatioBar): string[] {
  if (row === undefined) return [];
  const width = (groupWidth - 24) / of;
  const x = from + 12 + index * width;
  const middle = x + width / 2;
  const top = y(row.ratio);
  return [
    bar({ x: x + 2, y: top }, width - 4, y(0) - top, colourOf(row.variant)),
    line({ x: middle, y: y(row.low) }, { x: middle, y: y(row.high) }, ink),
    text({ x: middle, y: y(row.high) - 5 }, row.ratio.toFixed(2), { size: 11, anchor: 'middle' }),
  ];
}

function dotPanel(result: BenchResult): string[] {
  const left = 190;
  const slowest = Math.max(...result.variants.map((variant) => variant.firstAnswerMs.max));
  const max = slowest * 1.1;
  const x = (ms: number): number => left + (ms / max) * (RIGHT - left);
  const bottom = DOTS_TOP + result.variants.length * ROW_HEIGHT;
  return [
    text({ x: 24, y: DOTS_TOP - 34 }, 'Cold start, from spawn (left is better)', {
      size: 14,
      weight: 600,
    }),
    text(
      { x: 24, y: DOTS_TOP - 14 },
      'upper dots: first poll; lower dots: first answer; line and number: median',
      { fill: muted },
    ),
    ...ticks(max).flatMap((tick) => [
      line({ x: x(tick), y: DOTS_TOP }, { x: x(tick), y: bottom }, faint),
      text({ x: x(tick), y: bottom + 18 }, String(tick), { anchor: 'middle', fill: muted }),
    ]),
    line({ x: left, y: bottom }, { x: RIGHT, y: bottom }, ink),
    text({ x: (left + RIGHT) / 2, y: bottom + 42 }, 'milliseconds', { anchor: 'middle' }),
    ...result.variants.flatMap((variant, at) => dotRow(variant, DOTS_TOP + at * ROW_HEIGHT, x)),
  ];
}

function dotRow(variant: VariantResult, top: number, x: (ms: number) => number): string[] {
  const colour = colourOf(variant.name);
  const strip = (samples: readonly number[], median: number, y: number): string[] => [
    ...samples.map((ms) => dot({ x: x(ms), y }, 4, colour)),
    line({ x: x(median), y: y - 9 }, { x: x(median), y: y + 9 }, ink, 2),
    text({ x: x(Math.max(...samples)) + 10, y: y + 4 }, `${median.toFixed(0)} ms`, { size: 11 }),
  ];
  return [
    text({ x: 180, y: top + ROW_HEIGHT / 2 + 4 }, variant.title, { anchor: 'end' }),
    ...strip(variant.firstPollSamplesMs, variant.firstPollMs.p50, top + 17),
    ...strip(variant.firstAnswerSamplesMs, variant.firstAnswerMs.p50, top + 40),
  ];
}

function ratioOf(
  result: BenchResult,
  variant: string,
  metric: string,
  payloadBytes: number,
): RatioRow | undefined {
  return result.ratios.find(
    (row) => row.variant === variant && row.metric === metric && row.payloadBytes === payloadBytes,
  );
}
