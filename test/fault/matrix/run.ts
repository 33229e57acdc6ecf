// `npm run test:fault`: runs the matrix row by row, prints what was seen, fails when one differs.
import { parseArgs } from 'node:util';
import { runCommand, wholeNumber } from '../../support/command-line.ts';
import { type FaultRow, rowId } from './fault-row.ts';
import { FAULTS, pickFaults } from './faults.ts';
import { type FaultRecord, toRecord } from './record.ts';
import { renderPage } from './report-page.ts';
import { intoReadme } from './report-readme.ts';
import {
  type FaultResults,
  PAGE_FILE,
  RESULTS_FILE,
  readResults,
  readText,
  toResults,
  writeText,
} from './results.ts';
import { runFault } from './run-fault.ts';
import { answerWords, leftWords, processWords, rangeWords, whenWords } from './words.ts';

const USAGE = `npm run test:fault -- [options]

  --times N       each fault N times in a row in one environment (default 1); what ends
                  the environment is run once
  --only A,B      these rows: a name, or name/during, name/after, name/init
  --write         writes docs/faults.json, docs/faults.md and the table of README
  --render        runs nothing: writes the page and the table anew from docs/faults.json
`;
const TIMES_MAX = 1000;

await runCommand(main);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      times: { type: 'string', default: '1' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
      render: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.render) {
    writePages(readResults());
    return 0;
  }
  const times = wholeNumber('times', values.times, TIMES_MAX);
  if (values.write && values.only !== undefined) {
    throw new Error('Cannot use --write with --only: what is written are the results of all rows');
  }
  const rows = values.only === undefined ? FAULTS : pickFaults(values.only.split(','));
  const { records, failed } = await runRows(rows, times);
  process.stdout.write(
    `${rows.length - failed.length} of ${rows.length} rows as they have to be\n`,
  );
  if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`);
  else if (values.write) write(records, times);
  return failed.length === 0 ? 0 : 1;
}

type Outcome = { readonly records: readonly FaultRecord[]; readonly failed: readonly string[] };

async function runRows(rows: readonly FaultRow[], times: number): Promise<Outcome> {
  const records: FaultRecord[] = [];
  const failed: string[] = [];
  for (const row of rows) {
    const isRepeated = row.expect.process !== 'ends' && row.when !== 'init';
    const run = await runFault(row, isRepeated ? times : 1, { isStrict: true });
    const record = run.observations.length > 0 ? toRecord(run) : undefined;
    if (record !== undefined) records.push(record);
    print(rowId(row), record);
    for (const flaw of run.flaws) process.stdout.write(`    FAILED ${flaw}\n`);
    if (run.flaws.length > 0) failed.push(rowId(row));
  }
  return { records, failed };
}

function print(id: string, record: FaultRecord | undefined): void {
  if (record === undefined) return void process.stdout.write(`${id}\n`);
  const { caller, nextMs, runs } = record;
  const seen = `${answerWords(caller)} ${whenWords(caller)}`;
  const next = `next ${rangeWords(nextMs)}`;
  const left = `left ${leftWords(record)}`;
  process.stdout.write(
    `${id.padEnd(28)} ${seen}; ${next}; ${left}; ${processWords(record)}; ${runs}x\n`,
  );
}

function write(records: readonly FaultRecord[], times: number): void {
  const results = toResults(records, `npm run test:fault -- --times ${times} --write`);
  writeText(RESULTS_FILE, `${JSON.stringify(results, null, 2)}\n`);
  writePages(results);
}

function writePages(results: FaultResults): void {
  writeText(PAGE_FILE, renderPage(results));
  writeText('README.md', intoReadme(readText('README.md'), results));
  process.stdout.write(`Wrote ${PAGE_FILE} and the table of README.md\n`);
}
