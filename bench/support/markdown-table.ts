// A table as Markdown.
import type { Table } from '../../src/cli/bench/tables.ts';

export function markdownTable({ header, rows }: Table): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const rule = `|${header.map((_, at) => (at === 0 ? ' :-- ' : ' --: ')).join('|')}|`;
  return `${[line(header), rule, ...rows.map(line)].join('\n')}\n`;
}
