// Makes again what is made of the results that are kept: README's table, and their pages.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { renderPlot } from '../report/cost-plot.ts';
import { renderHtml } from '../report/html/page.ts';
import { intoReadme } from '../report/readme-table.ts';
import { nameOf, newestResults, writeFile } from './kept-results.ts';

const README = resolve(import.meta.dirname, '../../README.md');

export function renderKept(): void {
  const results = newestResults();
  for (const result of results) {
    writeFile(`${nameOf(result)}.html`, renderHtml(result));
    writeFile(`${nameOf(result)}.svg`, renderPlot(result));
  }
  writeFileSync(README, intoReadme(readFileSync(README, 'utf8'), results));
  process.stderr.write('Wrote the table of README.md\n');
}
