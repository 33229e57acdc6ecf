// A result on the terminal.
import type { BenchResult } from './bench-result.ts';
import { summarisePhases } from './phase-summary.ts';
import { baseOf, toTables } from './result-tables.ts';
import {
  isolationSentence,
  LOOP_NOTE,
  originLines,
  overheadSentence,
  ratioSentence,
} from './sentences.ts';
import { textTable } from './tables.ts';

export function renderText(result: BenchResult): string {
  const phases = summarisePhases(result.reports);
  const blocks = toTables(result, phases).map((table) => `${table.title}\n\n${textTable(table)}`);
  const notes = [
    overheadSentence(result, phases),
    isolationSentence(result),
    LOOP_NOTE,
    ratioSentence(baseOf(result)),
    ...result.missing,
  ];
  return [...originLines(result), '', ...blocks, ...notes.filter(Boolean), ''].join('\n');
}
