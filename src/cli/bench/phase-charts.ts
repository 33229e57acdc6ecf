// Where the time goes: the phases of an invocation, and those of a start.
import {
  chart,
  INK,
  linear,
  logarithmic,
  logTicks,
  MUTED,
  RIGHT,
  type Scale,
  usText,
  xAxis,
} from './chart.ts';
import { paintOf } from './page-style.ts';
import type { Summary } from './statistics.ts';
import { bar, dot, line, text, ticks } from './svg.ts';

export type LoopPhases = {
  readonly variant: string;
  /** In the order in which they happen. */
  readonly phases: readonly { readonly name: string; readonly us: Summary }[];
};

export type StartPhases = {
  readonly variant: string;
  readonly steps: readonly {
    readonly name: string;
    readonly startMs: number;
    readonly endMs: number;
  }[];
};

const ROW = 26;
const FIGURE = 58;
const CHARACTER = 6.9;
/** There is no room for the text of more. */
const TICKS_MAX = 5;
/** Shorter ones are not worth a picture, and a logarithm has no zero. */
const US_MIN = 0.1;

/** Each phase of the loop: thin from the least to p99, thick from the median to p90. */
export function loopPhaseChart({ variant, phases }: LoopPhases): string {
  const from = Math.max(US_MIN, Math.min(...phases.map(({ us }) => us.min)));
  const to = Math.max(from * 10, ...phases.map(({ us }) => us.p99)) * 1.1;
  const left = leftOf(phases);
  const x = logarithmic(from, to, left, RIGHT - FIGURE);
  const bottom = phases.length * ROW + 4;
  return chart(bottom + 24, [
    ...xAxis(logTicks(from, to, TICKS_MAX), x, 0, bottom, usText),
    ...phases.flatMap(({ name, us }, at) => {
      const y = at * ROW + ROW / 2 + 2;
      return [
        ...rowWords(name, usText(us.p50), left, y),
        line({ x: x(us.min), y }, { x: x(us.p99), y }, paintOf(variant), 1.5),
        line({ x: x(us.p50), y }, { x: x(us.p90), y }, paintOf(variant), 7),
        dot({ x: x(us.p50), y }, 5, paintOf(variant), INK),
      ];
    }),
  ]);
}

/** Each step of the start from where it begins to where it ends; steps may overlap. */
export function waterfall({ variant, steps }: StartPhases): string {
  const max = Math.max(...steps.map(({ endMs }) => endMs)) * 1.02;
  const left = leftOf(steps);
  const x: Scale = linear(0, max, left, RIGHT - FIGURE);
  const bottom = steps.length * ROW + 4;
  return chart(bottom + 24, [
    ...xAxis(ticks(max), x, 0, bottom, (ms) => `${ms} ms`),
    ...steps.flatMap(({ name, startMs, endMs }, at) => {
      const y = at * ROW + ROW / 2 + 2;
      const width = Math.max(1, x(endMs) - x(startMs));
      return [
        ...rowWords(name, `${(endMs - startMs).toFixed(1)} ms`, left, y),
        bar({ x: x(startMs), y: y - 7 }, width, 14, paintOf(variant)),
      ];
    }),
  ]);
}

/** The rows begin behind the longest name. */
function leftOf(rows: readonly { readonly name: string }[]): number {
  return 16 + CHARACTER * Math.max(...rows.map(({ name }) => name.length));
}

function rowWords(name: string, figure: string, left: number, y: number): string[] {
  return [
    text({ x: left - 8, y: y + 4 }, name, { size: 12, anchor: 'end', fill: INK }),
    text({ x: RIGHT, y: y + 4 }, figure, { size: 12, anchor: 'end', fill: MUTED }),
  ];
}
