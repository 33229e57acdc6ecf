// The parts that a page of figures is made of: it is complete in one file and loads nothing.
import { paintOf } from './page-style.ts';
import { toXmlText } from './svg.ts';
import type { Table } from './tables.ts';

/** @param title Text, as all that these functions are given, but for what has been drawn. */
export function pageOf(title: string, style: string, parts: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${toXmlText(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    ...parts,
    '</body>',
    '</html>\n',
  ].join('\n');
}

export function htmlTable({ title, header, rows }: Table): string {
  const cells = (row: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${row.map((cell) => `<${tag}>${toXmlText(cell)}</${tag}>`).join('')}</tr>`;
  return [
    '<div class="scroll"><table>',
    `<caption>${toXmlText(title)}</caption>`,
    cells(header, 'th'),
    ...rows.map((row) => cells(row, 'td')),
    '</table></div>',
  ].join('\n');
}

export function legend(
  variants: readonly { readonly name: string; readonly title: string }[],
): string {
  const items = variants.map(
    ({ name, title }) => `<li><i style="background: ${paintOf(name)}"></i>${toXmlText(title)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

export function cards(figures: readonly string[]): string {
  return `<div class="cards">${figures.join('\n')}</div>`;
}

export function figure(title: string, drawn: string): string {
  return `<figure><h3>${toXmlText(title)}</h3>\n${drawn}</figure>`;
}

export function paragraph(text: string): string {
  return `<p>${toXmlText(text)}</p>`;
}
