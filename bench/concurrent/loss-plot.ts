// One picture of the losses: for each runtime the capacity over time, the events that took a thread
// down below it, and the processes that had to be started again.

import {
  bar,
  drawing,
  faint,
  ink,
  line,
  muted,
  path,
  text,
  ticks,
} from '../../src/cli/bench/svg.ts';
import { colourOf } from '../support/colours.ts';
import type { LossReport, LossResult } from './loss-result.ts';
import type { Way } from './loss-script.ts';

const WIDTH = 1080;
const LEFT = 60;
const RIGHT = WIDTH - 24;
const TOP = 132;
const PANEL_HEIGHT = 170;
const PANEL_GAP = 104;
const RESTART_COLOUR = '#d92d20';
const WAYS: readonly { readonly way: Way; readonly title: string; readonly colour: string }[] = [
  { way: 'throw', title: 'throws in a timer', colour: '#7a5af8' },
  { way: 'heap', title: 'fills its heap', colour: '#b42318' },
  { way: 'exit', title: 'process.exit', colour: '#067647' },
  { way: 'loop', title: 'endless loop', colour: '#475467' },
];

export function renderLossPlot(report: LossReport): string {
  const { origin, results, parameters } = report;
  const { machine, node, commit } = origin;
  const title = 'Managed Instances: capacity while threads are lost';
  const height = TOP + results.length * (PANEL_HEIGHT + PANEL_GAP) - 20;
  const subtitle =
    `${parameters.lanes} events outstanding, one in ${parameters.every} takes its thread down ` +
    `(at least ${parameters.gapMs} ms apart); Node ${node}, ${machine.cpu}, ` +
    `${machine.cores} cores, commit ${commit}`;
  return drawing(WIDTH, height, [
    `<title>${title}</title>`,
    text({ x: 24, y: 34 }, title, { size: 20, weight: 600 }),
    text({ x: 24, y: 54 }, subtitle, { fill: muted }),
    ...legend(),
    ...results.flatMap((result, at) =>
      panel(result, parameters.lanes, parameters.forMs, TOP + at * (PANEL_HEIGHT + PANEL_GAP)),
    ),
  ]);
}

function legend(): string[] {
  let x = 24;
  const entry = (colour: string, title: string): string[] => {
    const from = x;
    x += 40 + title.length * 6.4;
    return [bar({ x: from, y: 68 }, 12, 12, colour), text({ x: from + 18, y: 78 }, title)];
  };
  return [
    text({ x: 24, y: 98 }, CAPTION, { fill: muted }),
    ...WAYS.flatMap(({ colour, title }) => entry(colour, title)),
    ...entry(RESTART_COLOUR, 'the process is gone and started again'),
  ];
}

const CAPTION =
  'capacity: parked polls and running events that get an answer; line: the most within 100 ms; ' +
  'shade: down to the lowest sample; ticks: events that take a thread down';

function panel(result: LossResult, lanes: number, forMs: number, top: number): string[] {
  const bottom = top + PANEL_HEIGHT;
  const colour = colourOf(result.variant);
  const x = (ms: number): number => LEFT + (ms / forMs) * (RIGHT - LEFT);
  const y = (lanesNow: number): number =>
    bottom - (Math.min(lanesNow, lanes * 1.08) / (lanes * 1.08)) * PANEL_HEIGHT;
  const highs = result.capacity.map(({ atMs, held }) => ({ x: x(atMs), y: y(held) }));
  const lows = result.capacity.map(({ atMs, lowest }) => ({ x: x(atMs), y: y(lowest) }));
  return [
    text({ x: LEFT, y: top - 10 }, result.title, { size: 14, weight: 600 }),
    text({ x: RIGHT, y: top - 10 }, words(result), { anchor: 'end', fill: muted }),
    ...[0, lanes / 2, lanes].flatMap((value) => [
      line({ x: LEFT, y: y(value) }, { x: RIGHT, y: y(value) }, faint),
      text({ x: LEFT - 8, y: y(value) + 4 }, String(value), { anchor: 'end', fill: muted }),
    ]),
    text({ x: 18, y: (top + bottom) / 2 }, 'capacity', { anchor: 'middle', turn: -90 }),
    `<g fill-opacity="0.25">${path([...highs, ...lows.toReversed()], 'none', 0, colour)}</g>`,
    path(highs, colour, 1.5),
    ...result.marks.flatMap(({ atMs, what }) => {
      if (what === 'started') return [];
      const way = WAYS.find((candidate) => candidate.way === what);
      return way === undefined
        ? [line({ x: x(atMs), y: top }, { x: x(atMs), y: bottom }, RESTART_COLOUR, 1, '3 3')]
        : [line({ x: x(atMs), y: bottom + 4 }, { x: x(atMs), y: bottom + 14 }, way.colour)];
    }),
    line({ x: LEFT, y: bottom }, { x: RIGHT, y: bottom }, ink),
    ...ticks(forMs / 1000).map((seconds) =>
      text({ x: x(seconds * 1000), y: bottom + 32 }, `${Number(seconds.toFixed(2))} s`, {
        anchor: 'middle',
        fill: muted,
      }),
    ),
  ];
}

function words({ neverAnswered, handedOut, processes, lanesAwayMs }: LossResult): string {
  const back =
    lanesAwayMs.count === 0 ? '' : `, a lane back in ${lanesAwayMs.max.toFixed(0)} ms at most`;
  const restarts = processes === 1 ? 'same process' : `started again ${processes - 1} times`;
  return `${neverAnswered} of ${handedOut} events never answered, ${restarts}${back}`;
}
