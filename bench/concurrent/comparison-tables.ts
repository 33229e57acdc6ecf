// Turns a comparison into the tables that a person reads, on a terminal or in the README.
import { type Table, textTable } from '../../src/cli/bench/tables.ts';
import { markdownTable } from '../support/markdown-table.ts';
import type { Cell, Comparison, ComparisonGroup, Metric } from './comparison.ts';

export function renderText(comparison: Comparison): string {
  const blocks = comparison.groups.map((group) => {
    const table = tableOf(group, comparison.reference);
    return `${table.title}\n\n${textTable(table)}`;
  });
  return `${[...headLines(comparison), '', ...blocks].join('\n')}\n`;
}

export function renderMarkdown(comparison: Comparison): string {
  const blocks = comparison.groups.map((group) => {
    const table = tableOf(group, comparison.reference);
    return `**${table.title}**\n\n${markdownTable(table)}`;
  });
  return `${[headLines(comparison).join('  \n'), '', ...blocks].join('\n')}\n`;
}

export function headLines(comparison: Pick<Comparison, 'origin' | 'notes' | 'missing'>): string[] {
  const { origin, notes, missing } = comparison;
  const { machine } = origin;
  const changed = origin.isModified ? ', with changes' : '';
  return [
    `Bulkhead ${origin.bulkhead} at ${origin.commit}${changed}, Node ${origin.node}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB, ${machine.system}, ` +
      `load ${machine.load.toFixed(1)} at the start`,
    ...notes,
    ...missing,
  ];
}

function tableOf({ name, metrics, rows }: ComparisonGroup, reference: string): Table {
  const compared = metrics.filter((metric) => metric.isCompared !== false);
  return {
    title: name,
    header: [
      'variant',
      ...metrics.map((metric) => metric.title),
      ...compared.map((metric) => `ratio ${metric.name}`),
    ],
    rows: rows.map((row) => [
      row.title,
      ...metrics.map((metric) => valueText(metric, row.cells[metric.name])),
      ...compared.map((metric) =>
        row.variant === reference ? 'reference' : ratioText(row.cells[metric.name]),
      ),
    ]),
  };
}

function valueText({ digits }: Metric, cell: Cell | undefined): string {
  return cell === undefined ? '' : cell.median.toFixed(digits);
}

/** For example `0.62 [0.58-0.66]`: the ratio and its 95 % interval. */
function ratioText(cell: Cell | undefined): string {
  const ratio = cell?.ratio ?? undefined;
  if (ratio === undefined) return '';
  return `${ratio.ratio.toFixed(2)} [${ratio.low.toFixed(2)}-${ratio.high.toFixed(2)}]`;
}
