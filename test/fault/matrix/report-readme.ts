// The containment table of README: rows that come out alike are one row.
import type { FaultRecord, Range, SeenRecord } from './record.ts';
import { notContainedLines } from './report-page.ts';
import type { FaultResults } from './results.ts';
import { answerWords, cell, processWords, whenWords, whole } from './words.ts';

const BEGIN = '<!-- faults:begin -->';
const END = '<!-- faults:end -->';

/** @throws Error when README has no place for the table. */
export function intoReadme(readme: string, results: FaultResults): string {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new Error(`Cannot write README.md: no "${BEGIN}" … "${END}"`);
  return `${readme.slice(0, from + BEGIN.length)}\n${renderTable(results)}${readme.slice(to)}`;
}

function renderTable({ rows, takenOn, node, machine }: FaultResults): string {
  const served = rows.filter(({ when }) => when !== 'init');
  return [
    `Seen on ${takenOn} with Node ${node} on ${machine.split(',', 2).join(',')}; every row and`,
    'every number is in [docs/faults.md](docs/faults.md), which `npm run test:fault -- --write` makes.',
    '',
    '| fault | the caller | the next event | the process |',
    '|---|---|---|---|',
    ...alike(served).map(toLine),
    '',
    'Not contained:',
    '',
    ...notContainedLines(rows),
    '',
  ].join('\n');
}

/** Rows of one kind of outcome, in the order of the first of each. */
function alike(rows: readonly FaultRecord[]): FaultRecord[][] {
  const kinds = new Map<string, FaultRecord[]>();
  for (const row of rows) {
    const { family, when, caller, follower, process } = row;
    const outcome = [caller.errorType, caller.by, follower?.errorType, process];
    const key = JSON.stringify([when, family ?? outcome]);
    kinds.set(key, [...(kinds.get(key) ?? []), row]);
  }
  return [...kinds.values()];
}

function toLine(rows: readonly FaultRecord[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const names = [...new Set(rows.map(({ family, does }) => family ?? does))].join('; ');
  const when = first.when === 'after' ? 'after the answer: ' : '';
  const next = Math.max(...rows.map(({ nextMs }) => nextMs.median));
  const behind = rows.flatMap(({ follower }) => follower ?? []);
  const served = `served within ${whole(next)} ms`;
  const cells = [
    `${when}${names}`,
    merged(rows.map(({ caller }) => caller)),
    behind.some(({ errorType }) => errorType !== null)
      ? `${merged(behind)}; the one after it is ${served}`
      : served,
    processWords(first),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function merged(seen: readonly SeenRecord[]): string {
  const words = [...new Set(seen.map(answerWords))].join(' or ');
  const [first, ...others] = seen;
  const isOneError = others.every(({ errorType }) => errorType === first?.errorType);
  if (first === undefined || first.errorType === null || !isOneError) return words;
  const tookMs = widest(seen.map((one) => one.tookMs));
  const early = seen.flatMap(({ earlyMs }) => earlyMs ?? []);
  const earlyMs = early.length === 0 ? null : widest(early);
  return `${words}, ${whenWords({ ...first, tookMs, earlyMs })}`;
}

function widest(ranges: readonly Range[]): Range {
  return {
    min: Math.min(...ranges.map(({ min }) => min)),
    max: Math.max(...ranges.map(({ max }) => max)),
  };
}
