// What the charts of the report have in common: their width, their text and their axes. They are
// narrow, so that a phone shows them without making their text small.
import { line, text } from './svg.ts';

export type Scale = (value: number) => number;

export const WIDTH = 420;
export const RIGHT: number = WIDTH - 10;

export const INK = 'var(--ink)';
export const MUTED = 'var(--muted)';
export const RULE = 'var(--rule)';

export function chart(height: number, parts: readonly string[]): string {
  return [`<svg viewBox="0 0 ${WIDTH} ${height}" role="img">`, ...parts, '</svg>'].join('\n');
}

export function linear(from: number, to: number, left: number, right: number): Scale {
  return (value) => left + ((value - from) / (to - from)) * (right - left);
}

export function logarithmic(from: number, to: number, left: number, right: number): Scale {
  const inLog = linear(Math.log(from), Math.log(to), left, right);
  return (value) => inLog(Math.log(Math.max(value, from)));
}

/** Closer to an edge than this a value in the middle would be cut. */
const EDGE = 20;

/** Upright rules with their values below. */
export function xAxis(
  values: readonly number[],
  x: Scale,
  top: number,
  bottom: number,
  toText: (value: number) => string,
): string[] {
  return values.flatMap((value) => [
    line({ x: x(value), y: top }, { x: x(value), y: bottom }, RULE),
    text({ x: x(value), y: bottom + 15 }, toText(value), {
      size: 11,
      anchor: x(value) < EDGE ? 'start' : x(value) > WIDTH - EDGE ? 'end' : 'middle',
      fill: MUTED,
    }),
  ]);
}

/** 1, 2 and 5 of each power of ten; where these are more than `most`, 1 and 3, or the 1 only;
 * where they are hardly any, some between them. */
export function logTicks(from: number, to: number, most = 7): number[] {
  const between = (factors: readonly number[]): number[] => {
    const powers = Array.from({ length: 24 }, (_, at) => 10 ** (at - 6));
    const all = powers.flatMap((power) => factors.map((factor) => factor * power));
    return all.filter((value) => value >= from && value <= to);
  };
  const candidates = [[1, 2, 5], [1, 3], [1]].map(between);
  const ticks = candidates.find(({ length }) => length <= most) ?? between([1]);
  return ticks.length < 3 ? between([1, 2, 3, 5, 7]) : ticks;
}

/** For example `250 µs`, `1.2 ms`. */
export function usText(us: number): string {
  if (us < 1000) return `${us < 10 ? Number(us.toFixed(1)) : us.toFixed(0)} µs`;
  return `${Number((us / 1000).toFixed(us < 100_000 ? 1 : 0))} ms`;
}
