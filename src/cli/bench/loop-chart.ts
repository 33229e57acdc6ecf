// The distribution of a warm loop: for each variant the share of its invocations that took at most
// so long.

import {
  chart,
  INK,
  linear,
  logarithmic,
  logTicks,
  MUTED,
  RIGHT,
  RULE,
  usText,
  xAxis,
} from './chart.ts';
import { paintOf } from './page-style.ts';
import { dot, path, text } from './svg.ts';

export type Curve = {
  readonly name: string;
  /** Shares of all invocations, and how long these took at most. */
  readonly curve: readonly (readonly [share: number, us: number])[];
};

const HEIGHT = 250;
const LEFT = 42;
const TOP = 12;
const BOTTOM = 206;
/** One slow invocation in a thousand would take half of the picture. */
const SHOWN_MAX = 0.999;

/** Undefined where no distribution was kept. */
export function loopChart(all: readonly Curve[]): string | undefined {
  const curves = all
    .map(({ name, curve }) => ({ name, points: curve.filter(([share]) => share <= SHOWN_MAX) }))
    .filter(({ points }) => points.length > 0);
  const times = curves.flatMap(({ points }) => points.map(([, us]) => us));
  if (times.length === 0) return undefined;
  const [from, to] = [Math.min(...times) * 0.95, Math.max(...times) * 1.05];
  const x = logarithmic(from, to, LEFT, RIGHT);
  const y = linear(0, 1, BOTTOM, TOP);
  return chart(HEIGHT, [
    ...xAxis(logTicks(from, to), x, TOP, BOTTOM, usText),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      path(
        [
          { x: LEFT, y: y(share) },
          { x: RIGHT, y: y(share) },
        ],
        share === 0 ? INK : RULE,
      ),
      text({ x: LEFT - 6, y: y(share) + 4 }, `${share * 100} %`, {
        size: 11,
        anchor: 'end',
        fill: MUTED,
      }),
    ]),
    ...curves.flatMap((curve) => drawCurve(curve, x, y)),
    text({ x: (LEFT + RIGHT) / 2, y: HEIGHT - 8 }, 'loop of one invocation, at most', {
      size: 11,
      anchor: 'middle',
      fill: MUTED,
    }),
  ]);
}

function drawCurve(
  { name, points }: { readonly name: string; readonly points: Curve['curve'] },
  x: (us: number) => number,
  y: (share: number) => number,
): string[] {
  const places = points.map(([share, us]) => ({ x: x(us), y: y(share) }));
  const median = points.find(([share]) => share >= 0.5);
  const dash = name.startsWith('floor') ? '4 3' : '';
  return [
    path(places, paintOf(name), 2, 'none', dash),
    ...(median === undefined ? [] : [dot({ x: x(median[1]), y: y(0.5) }, 3.5, paintOf(name))]),
  ];
}
