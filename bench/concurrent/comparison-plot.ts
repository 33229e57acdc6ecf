// One picture of a comparison: a panel of bars for each measure, one bar for each variant.

import { bar, drawing, faint, ink, line, muted, text, ticks } from '../../src/cli/bench/svg.ts';
import { colourOf } from '../support/colours.ts';
import type { Cell, Comparison } from './comparison.ts';

/** Some groups of the comparison side by side, each with the same measures. */
export type Chart = {
  readonly title: string;
  /** Each is a place on the x axis. */
  readonly places: readonly {
    readonly label: string;
    readonly group: string;
    readonly metric: string;
  }[];
  readonly digits: number;
};

type Bar = { readonly variant: string; readonly cell: Cell };

const WIDTH = 960;
const LEFT = 64;
const RIGHT = WIDTH - 24;
const TOP = 128;
const PANEL_HEIGHT = 170;
const PANEL_GAP = 74;
/** The floor is no runtime: its bars would only make all others small. */
const NOT_SHOWN = 'floor';

export function renderComparisonPlot(comparison: Comparison, charts: readonly Chart[]): string {
  const { title, origin } = comparison;
  const { machine, node, commit } = origin;
  const height = TOP + charts.length * (PANEL_HEIGHT + PANEL_GAP);
  const subtitle = `Node ${node}, ${machine.cpu}, ${machine.cores} cores, commit ${commit}`;
  return drawing(WIDTH, height, [
    `<title>${title}</title>`,
    text({ x: 24, y: 34 }, title, { size: 20, weight: 600 }),
    text({ x: 24, y: 54 }, `${subtitle}; whiskers: slowest and fastest round`, { fill: muted }),
    ...legend(comparison),
    ...charts.flatMap((chart, at) =>
      panel(comparison, chart, TOP + at * (PANEL_HEIGHT + PANEL_GAP)),
    ),
  ]);
}

function legend({ groups }: Comparison): string[] {
  let x = 24;
  const shown = (groups[0]?.rows ?? []).filter(({ variant }) => variant !== NOT_SHOWN);
  return shown.flatMap(({ variant, title }) => {
    const from = x;
    x += 38 + title.length * 6.6;
    return [
      bar({ x: from, y: 68 }, 12, 12, colourOf(variant)),
      text({ x: from + 18, y: 78 }, title),
    ];
  });
}

function panel(comparison: Comparison, chart: Chart, top: number): string[] {
  const { title, places, digits } = chart;
  const bottom = top + PANEL_HEIGHT;
  const columns = places.map(({ label, group, metric }) => ({
    label,
    bars: barsOf(comparison, group, metric),
  }));
  const max = Math.max(...columns.flatMap(({ bars }) => bars.map(({ cell }) => cell.max)), 1e-9);
  const y = (value: number): number => bottom - (value / (max * 1.12)) * PANEL_HEIGHT;
  const width = (RIGHT - LEFT) / Math.max(1, columns.length);
  return [
    text({ x: 24, y: top - 12 }, title, { size: 14, weight: 600 }),
    ...ticks(max * 1.12).flatMap((tick) => [
      line({ x: LEFT, y: y(tick) }, { x: RIGHT, y: y(tick) }, faint),
      text({ x: LEFT - 8, y: y(tick) + 4 }, String(Number(tick.toFixed(2))), {
        anchor: 'end',
        fill: muted,
      }),
    ]),
    ...columns.flatMap(({ label, bars }, at) => [
      ...column(bars, LEFT + at * width, width, y, digits),
      text({ x: LEFT + (at + 0.5) * width, y: bottom + 18 }, label, { anchor: 'middle' }),
    ]),
    line({ x: LEFT, y: bottom }, { x: RIGHT, y: bottom }, ink),
  ];
}

function column(
  bars: readonly Bar[],
  from: number,
  groupWidth: number,
  y: (value: number) => number,
  digits: number,
): string[] {
  const width = Math.min(56, (groupWidth - 20) / Math.max(1, bars.length));
  const start = from + (groupWidth - width * bars.length) / 2;
  return bars.flatMap(({ variant, cell }, at) => {
    const x = start + at * width;
    const middle = x + width / 2;
    return [
      bar({ x: x + 2, y: y(cell.median) }, width - 4, y(0) - y(cell.median), colourOf(variant)),
      line({ x: middle, y: y(cell.min) }, { x: middle, y: y(cell.max) }, ink),
      text({ x: middle, y: y(cell.max) - 4 }, cell.median.toFixed(digits), {
        size: 10,
        anchor: 'middle',
      }),
    ];
  });
}

function barsOf({ groups }: Comparison, name: string, metric: string): Bar[] {
  const group = groups.find((candidate) => candidate.name === name);
  return (group?.rows ?? []).flatMap(({ variant, cells }) => {
    const cell = cells[metric];
    return cell === undefined || variant === NOT_SHOWN ? [] : [{ variant, cell }];
  });
}
