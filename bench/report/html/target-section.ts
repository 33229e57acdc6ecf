// The table of targets: each with its interval drawn beside the limit.

import { linear } from '../../../src/cli/bench/chart.ts';
import { dot, line, toXmlText } from '../../../src/cli/bench/svg.ts';
import { type Judgement, limitOf } from '../../cost/judge.ts';
import type { BenchResult } from '../../cost/result.ts';
import { targetTable } from '../target-words.ts';

const GAUGE = { width: 150, height: 20 };
/** Of the limit: what is shown to the left and the right of it. */
const SHOWN = 2;

const GAUGE_COLOURS: Readonly<Record<Judgement['verdict'], string>> = {
  met: 'met',
  missed: 'missed',
  'not decided': 'open',
  'not measured': 'open',
};

export function targetSection(result: BenchResult): string[] {
  if (result.targets.length === 0) return [];
  const { header, rows } = targetTable(result);
  const head = header.map((cell, at) => `<th${wide(at)}>${toXmlText(cell)}</th>`);
  return [
    '<h2>Targets</h2>',
    '<p>A target is met or missed when its whole 95 % interval is on one side of it; with the ' +
      'target inside the interval it is not decided. In the picture the upright line is the ' +
      'target, and further left is better.</p>',
    '<div class="scroll"><table class="targets">',
    `<tr>${head.join('')}<th class="wide"></th></tr>`,
    ...result.targets.map((target, at) => targetRow(target, rows[at] ?? [])),
    '</table></div>',
  ];
}

function targetRow(target: Judgement, row: readonly string[]): string {
  const verdict = target.verdict.replace(' ', '-');
  const cells = row.map((cell, at) => {
    const kind = at === row.length - 1 ? ` class="${verdict}"` : wide(at);
    return `<td${kind}>${toXmlText(cell)}</td>`;
  });
  return `<tr>${cells.join('')}<td class="wide">${gauge(target)}</td></tr>`;
}

/** Left out where there is little room: whose figure it is, and to whose. */
function wide(at: number): string {
  return at === 2 || at === 3 ? ' class="wide"' : '';
}

function gauge(target: Judgement): string {
  const { value, low, high } = target;
  if (value === undefined || low === undefined || high === undefined) return '';
  const limit = limitOf(target);
  const { width, height } = GAUGE;
  const x = linear(0, limit * SHOWN, 4, width - 4);
  const shown = (at: number): number => x(Math.min(Math.max(at, 0), limit * SHOWN));
  const y = height / 2;
  const colour = `var(--${GAUGE_COLOURS[target.verdict]})`;
  return [
    `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">`,
    line({ x: 4, y }, { x: width - 4, y }, 'var(--rule)'),
    line({ x: x(limit), y: 1 }, { x: x(limit), y: height - 1 }, 'var(--ink)', 1.5),
    line({ x: shown(low), y }, { x: shown(high), y }, colour, 3),
    dot({ x: shown(value), y }, 4.5, colour, colour),
    '</svg>',
  ].join('');
}
