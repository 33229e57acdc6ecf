// `npm run conformance`: runs the table, prints what differs, and writes docs/conformance.md.
import { parseArgs } from 'node:util';
import { runCommand } from '../support/command-line.ts';
import type { ConformanceCase } from './table/case.ts';
import { ALL_CASES, CASES } from './table/cases.ts';
import { toProgram } from './table/program.ts';
import { writeReport } from './table/report.ts';
import { ROWS, sectionOf } from './table/rows.ts';
import { type CaseResult, holds, runTable } from './table/run-table.ts';

const USAGE = `npm run conformance -- [options]

  --against NAME  bulkhead (default), or ric: the reference client, where it is installed
  --only ROW,ROW  these rows, or sections: A2.7, A3
  --write         runs both, and writes docs/conformance.md and the counts of README
`;

await runCommand(main);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      against: { type: 'string', default: 'bulkhead' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.write && values.only !== undefined) {
    throw new Error('Cannot use --write with --only: what is written are the results of all rows');
  }
  if (values.write) return await write();
  const program = toProgram(values.against);
  const all = program.name === 'ric' ? ALL_CASES : CASES;
  const cases = values.only === undefined ? all : pickCases(all, values.only.split(','));
  const results = await runTable(cases, program);
  for (const result of results) print(result);
  return summarise(results, program.name === 'ric');
}

async function write(): Promise<number> {
  const reference = toProgram('ric');
  const ours = await runTable(CASES, toProgram('bulkhead'));
  const theirs = await runTable(ALL_CASES, reference);
  const code = summarise(ours, false) + summarise(theirs, true);
  if (code === 0) writeReport(ours, theirs);
  else process.stdout.write('Wrote nothing: first the cases have to be as they should\n');
  return code === 0 ? 0 : 1;
}

function pickCases(
  cases: readonly ConformanceCase[],
  names: readonly string[],
): readonly ConformanceCase[] {
  for (const name of names) {
    const isKnown = [...ROWS.keys()].some((row) => row === name || sectionOf(row) === name);
    if (!isKnown) throw new Error(`Cannot use --only ${name}: there is no such row or section`);
  }
  return cases.filter(({ rows }) =>
    rows.some((row) => names.includes(row) || names.includes(sectionOf(row))),
  );
}

function print({ one, outcomes }: CaseResult): void {
  for (const { kind, holds: isTrue, words, flaw } of outcomes) {
    const mark = isTrue ? 'ok  ' : 'NOT ';
    const words2 = isTrue ? '' : ` -> ${words}`;
    process.stdout.write(
      `${mark} ${one.stance} ${one.rows.join(' ')} [${kind ?? 'files'}] ${one.says}${words2}\n`,
    );
    if (flaw !== undefined) process.stdout.write(`${flaw.replace(/^/gm, '       ')}\n`);
  }
}

/** Ours has to hold everywhere; the reference client where rows say that they match. */
function summarise(results: readonly CaseResult[], isReference: boolean): number {
  const flawed = results.filter((result) => {
    return !holds(result) && (!isReference || result.one.stance === 'M');
  });
  const name = isReference ? 'aws-lambda-ric' : 'bulkhead';
  const held = results.filter(holds).length;
  process.stdout.write(`${name}: ${held} of ${results.length} cases hold\n`);
  for (const { one } of flawed) {
    process.stdout.write(`  has to hold: ${one.stance} ${one.rows.join(' ')} ${one.says}\n`);
  }
  return flawed.length === 0 ? 0 : 1;
}
