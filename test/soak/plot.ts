// One picture of a soak: each measure over time, with the line that its slope is.
import { dot, drawing, faint, ink, line, muted, text } from '../../src/cli/bench/svg.ts';
import type { Growth, SoakSample } from './measures.ts';

const WIDTH = 960;
const LEFT = 70;
const RIGHT = WIDTH - 24;
const TOP = 84;
const PANEL_HEIGHT = 130;
const PANEL_GAP = 46;
const DOT_COLOUR = '#0b6bcb';
const LINE_COLOUR = '#e5770e';

export function renderPlot(
  samples: readonly SoakSample[],
  growths: readonly Growth[],
  subtitle: string,
): string {
  const title = 'Soak: what the process holds under a steady load with faults';
  const height = TOP + growths.length * (PANEL_HEIGHT + PANEL_GAP) + 20;
  return drawing(WIDTH, height, [
    `<title>${title}</title>`,
    text({ x: 24, y: 34 }, title, { size: 20, weight: 600 }),
    text({ x: 24, y: 54 }, subtitle, { fill: muted }),
    ...growths.flatMap((growth, at) =>
      panel(samples, growth, TOP + at * (PANEL_HEIGHT + PANEL_GAP)),
    ),
  ]);
}

function panel(samples: readonly SoakSample[], growth: Growth, top: number): string[] {
  const { measure, perHour } = growth;
  const from = samples[0]?.minutes ?? 0;
  const to = samples.at(-1)?.minutes ?? 1;
  const values = samples.map((sample) => sample[measure.name]);
  const high = Math.max(1, ...values) * 1.15;
  const x = (minutes: number): number =>
    LEFT + ((minutes - from) / Math.max(1e-9, to - from)) * (RIGHT - LEFT);
  const y = (value: number): number => top + PANEL_HEIGHT - (value / high) * PANEL_HEIGHT;
  const middle = (from + to) / 2;
  const fitted = (minutes: number): number =>
    perHour.mean + (perHour.slope * (minutes - middle)) / 60;
  const unit = measure.unit === '' ? '' : `, ${measure.unit}`;
  const words = `${perHour.slope.toFixed(2)} an hour [${perHour.low.toFixed(2)}, ${perHour.high.toFixed(2)}]`;
  return [
    text({ x: LEFT, y: top - 8 }, `${measure.title}${unit}`, { weight: 600 }),
    text({ x: RIGHT, y: top - 8 }, words, { anchor: 'end', fill: muted }),
    ...[0, high / 2, high].flatMap((value) => [
      line({ x: LEFT, y: y(value) }, { x: RIGHT, y: y(value) }, faint),
      text({ x: LEFT - 8, y: y(value) + 4 }, value.toFixed(0), { anchor: 'end', fill: muted }),
    ]),
    ...samples.map((sample) =>
      dot({ x: x(sample.minutes), y: y(sample[measure.name]) }, 2.5, DOT_COLOUR),
    ),
    line({ x: x(from), y: y(fitted(from)) }, { x: x(to), y: y(fitted(to)) }, LINE_COLOUR, 2),
    line({ x: LEFT, y: top + PANEL_HEIGHT }, { x: RIGHT, y: top + PANEL_HEIGHT }, ink),
    text({ x: LEFT, y: top + PANEL_HEIGHT + 16 }, `minute ${from.toFixed(1)}`, { fill: muted }),
    text({ x: RIGHT, y: top + PANEL_HEIGHT + 16 }, `minute ${to.toFixed(1)}`, {
      anchor: 'end',
      fill: muted,
    }),
  ];
}
