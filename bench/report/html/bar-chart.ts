// One bar for each variant: the median over the rounds, with a whisker from the least to the most.

import { chart, INK, linear, MUTED, RIGHT, xAxis } from '../../../src/cli/bench/chart.ts';
import { paintOf } from '../../../src/cli/bench/page-style.ts';
import type { Summary } from '../../../src/cli/bench/statistics.ts';
import { bar, line, text, ticks } from '../../../src/cli/bench/svg.ts';

export type Bar = { readonly name: string; readonly title: string; readonly rounds: Summary };

const ROW = 38;
const LEFT = 10;

export function barChart(bars: readonly Bar[], toText: (value: number) => string): string {
  const max = Math.max(...bars.map(({ rounds }) => rounds.max), 1e-9) * 1.05;
  const x = linear(0, max, LEFT, RIGHT);
  const bottom = bars.length * ROW + 6;
  return chart(bottom + 24, [
    ...xAxis(ticks(max), x, 0, bottom, toText),
    line({ x: LEFT, y: bottom }, { x: RIGHT, y: bottom }, INK),
    ...bars.flatMap(({ name, title, rounds }, at) => {
      const top = at * ROW;
      const middle = top + 27;
      return [
        text({ x: LEFT, y: top + 15 }, title, { size: 12, fill: INK, weight: 600 }),
        text({ x: RIGHT, y: top + 15 }, toText(rounds.p50), {
          size: 12,
          anchor: 'end',
          fill: MUTED,
        }),
        bar({ x: LEFT, y: top + 21 }, x(rounds.p50) - LEFT, 12, paintOf(name)),
        line({ x: x(rounds.min), y: middle }, { x: x(rounds.max), y: middle }, INK, 1.5),
        ...[rounds.min, rounds.max].map((end) =>
          line({ x: x(end), y: middle - 4 }, { x: x(end), y: middle + 4 }, INK, 1.5),
        ),
      ];
    }),
  ]);
}
