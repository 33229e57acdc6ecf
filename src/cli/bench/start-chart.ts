// The starts of each variant as dots: the first poll above, the first answer below.
import { chart, INK, linear, MUTED, RIGHT, type Scale, xAxis } from './chart.ts';
import { paintOf } from './page-style.ts';
import type { Summary } from './statistics.ts';
import { dot, line, text, ticks } from './svg.ts';

/** The starts of one variant, timed from spawn. */
export type Starts = {
  readonly name: string;
  readonly title: string;
  readonly firstPollMs: Summary;
  readonly firstAnswerMs: Summary;
  readonly firstPollSamplesMs: readonly number[];
  readonly firstAnswerSamplesMs: readonly number[];
};

const ROW = 54;
const LEFT = 10;

export function startChart(variants: readonly Starts[]): string {
  const slowest = Math.max(...variants.map(({ firstAnswerMs }) => firstAnswerMs.max));
  const max = slowest * 1.05;
  const x = linear(0, max, LEFT, RIGHT);
  const bottom = variants.length * ROW + 4;
  return chart(bottom + 24, [
    ...xAxis(ticks(max), x, 0, bottom, (ms) => `${ms} ms`),
    line({ x: LEFT, y: bottom }, { x: RIGHT, y: bottom }, INK),
    ...variants.flatMap((variant, at) => startRow(variant, at * ROW, x)),
  ]);
}

function startRow(variant: Starts, top: number, x: Scale): string[] {
  const { name, title, firstPollMs, firstAnswerMs } = variant;
  const strip = (samples: readonly number[], median: number, y: number): string[] => [
    ...samples.map((ms) => dot({ x: x(ms), y }, 3.5, paintOf(name))),
    line({ x: x(median), y: y - 7 }, { x: x(median), y: y + 7 }, INK, 2),
  ];
  const medians = `${firstPollMs.p50.toFixed(1)} and ${firstAnswerMs.p50.toFixed(1)} ms`;
  return [
    text({ x: LEFT, y: top + 14 }, title, { size: 12, fill: INK, weight: 600 }),
    text({ x: RIGHT, y: top + 14 }, medians, { size: 12, anchor: 'end', fill: MUTED }),
    ...strip(variant.firstPollSamplesMs, firstPollMs.p50, top + 26),
    ...strip(variant.firstAnswerSamplesMs, firstAnswerMs.p50, top + 42),
  ];
}
