// docs/conformance.md and the counts of README, made of one run against each program.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrigin } from '../../../bench/support/machine.ts';
import type { ConformanceCase, Stance } from './case.ts';
import { NOTES, OPEN, SHOWN_BY } from './elsewhere.ts';
import { ROWS, SECTIONS, sectionOf } from './rows.ts';
import { type CaseResult, holds, toKindWords } from './run-table.ts';

/** A case with what became of it; `ours` is undefined where it is not run yet. */
type Line = {
  readonly one: ConformanceCase;
  readonly ours: CaseResult | undefined;
  readonly theirs: CaseResult;
};

const PROJECT = join(import.meta.dirname, '../../..');
const BEGIN = '<!-- conformance:begin -->';
const END = '<!-- conformance:end -->';

const STANCES: Readonly<Record<Stance, string>> = {
  M: 'match: it holds for both',
  B: 'better: it holds for Bulkhead, what the reference client does is recorded',
  D: 'differs on purpose: README says so',
};

export function writeReport(ours: readonly CaseResult[], theirs: readonly CaseResult[]): void {
  const byCase = new Map(ours.map((result) => [result.one, result]));
  const lines = theirs.map((result): Line => {
    return { one: result.one, ours: byCase.get(result.one), theirs: result };
  });
  writeFileSync(join(PROJECT, 'docs/conformance.md'), renderPage(lines));
  const readme = join(PROJECT, 'README.md');
  writeFileSync(readme, intoReadme(readFileSync(readme, 'utf8'), lines));
  process.stdout.write('Wrote docs/conformance.md and the counts of README.md\n');
}

function renderPage(lines: readonly Line[]): string {
  const { machine, node, commit, isModified } = readOrigin(process.execPath);
  const day = new Date().toISOString().slice(0, 10);
  return [
    '# What Bulkhead does and what `aws-lambda-ric` does',
    '',
    'Written by `npm run conformance -- --write`; do not edit. Each line is a case of',
    '`test/conformance/cases`: a real process behind a scripted Runtime API that records every byte.',
    'The same case is run against both. A row is one of the list of the reference client’s behaviour;',
    'what is in the last column was seen in the run, where it is not "the same".',
    '',
    `- **Run:** ${day}, Node ${node}, ${machine.system}, commit ${commit}${isModified ? ' and changes' : ''}`,
    '- **Reference:** `aws-lambda-ric` 4.0.2, release build',
    `- **Modules:** "both" are CommonJS and an ES module of the same text`,
    '',
    ...countTable(lines),
    ...Object.keys(SECTIONS).flatMap((section) => sectionOfPage(section, lines)),
    ...elsewhere(),
    ...notes(),
    '',
  ].join('\n');
}

function countTable(lines: readonly Line[]): string[] {
  return [
    '| stance | cases | hold for Bulkhead | hold for `aws-lambda-ric` |',
    '|---|--:|--:|--:|',
    ...(Object.keys(STANCES) as Stance[]).map((stance) => {
      const { all, ours, theirs } = count(lines.filter(({ one }) => one.stance === stance));
      return `| **${stance}** ${STANCES[stance]} | ${all} | ${ours} | ${theirs} |`;
    }),
    ...laterLines(lines),
  ];
}

function laterLines(lines: readonly Line[]): string[] {
  const later = lines.filter(({ ours }) => ours === undefined);
  if (later.length === 0) return [];
  const needs = [...new Set(later.map(({ one }) => one.needs))].join(', ');
  return [
    '',
    `${later.length} cases more are written and not run yet against Bulkhead (${needs}).`,
  ];
}

type Count = { readonly all: number; readonly ours: number; readonly theirs: number };

/** Of the cases that are run against both. */
function count(lines: readonly Line[]): Count {
  const run = lines.filter(({ ours }) => ours !== undefined);
  return {
    all: run.length,
    ours: run.filter(({ ours }) => ours !== undefined && holds(ours)).length,
    theirs: run.filter(({ theirs }) => holds(theirs)).length,
  };
}

function sectionOfPage(section: string, lines: readonly Line[]): string[] {
  const own = lines.filter(({ one }) => sectionOf(one.rows[0]) === section);
  const rows = [...ROWS.keys()].filter((row) => sectionOf(row) === section);
  const bare = rows.filter((row) => !lines.some(({ one }) => one.rows.includes(row)));
  return [
    '',
    `## ${section} ${SECTIONS[section]}`,
    ...(own.length === 0 ? [] : ['', ...caseTable(own)]),
    ...(bare.length === 0 ? [] : ['', `Without a case: ${bare.join(', ')} (below).`]),
  ];
}

function caseTable(lines: readonly Line[]): string[] {
  return [
    '| row | | case | module | Bulkhead | `aws-lambda-ric` 4.0.2 |',
    '|---|---|---|---|---|---|',
    ...lines.map((line) => {
      const { one, ours, theirs } = line;
      const cells = [one.rows.join(' '), one.stance, one.says, moduleOf(theirs)];
      return `| ${[...cells, ourWords(line, ours), theirWords(theirs)].map(cell).join(' | ')} |`;
    }),
  ];
}

function moduleOf({ outcomes }: CaseResult): string {
  const [first, ...more] = outcomes;
  if (more.length > 0) return 'both';
  return first?.kind === undefined ? 'its files' : toKindWords(first.kind);
}

function ourWords({ one }: Line, ours: CaseResult | undefined): string {
  if (ours === undefined) return `not there yet (${one.needs})`;
  return holds(ours) ? 'holds' : told(ours);
}

function theirWords(theirs: CaseResult): string {
  return holds(theirs) ? 'the same' : told(theirs);
}

/** Once, where both kinds of module come to the same. */
function told({ outcomes }: CaseResult): string {
  const words = outcomes.map(({ holds: isTrue, words: seen }) => (isTrue ? 'the same' : seen));
  if (new Set(words).size === 1) return words[0] ?? '';
  return outcomes.map(({ kind }, at) => `${toKindWords(kind)}: ${words[at]}`).join('; ');
}

function elsewhere(): string[] {
  const name = (row: string): string => `${row} ${ROWS.get(row)}`;
  return [
    '',
    '## Rows that are shown elsewhere, or not at all',
    '',
    '| row | where, or why not |',
    '|---|---|',
    ...[...ROWS.keys()].flatMap((row) => {
      const [file, reason] = [SHOWN_BY[row], OPEN[row]];
      if (file !== undefined) return [`| ${name(row)} | \`${file}\` |`];
      return reason === undefined ? [] : [`| ${name(row)} | ${reason} |`];
    }),
  ];
}

function notes(): string[] {
  return [
    '',
    '## Rows that the runs have corrected',
    '',
    ...Object.entries(NOTES).map(([row, text]) => `- **${row}** ${text}.`),
  ];
}

/** @throws Error when README has no place for the counts. */
function intoReadme(readme: string, lines: readonly Line[]): string {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new Error(`Cannot write README.md: no "${BEGIN}" … "${END}"`);
  const [same, better, other] = (['M', 'B', 'D'] as const).map((stance) =>
    count(lines.filter(({ one }) => one.stance === stance)),
  );
  const text =
    `${same?.all} cases are the same for both clients, ${better?.all} are better here, ` +
    `${other?.all} differ on purpose:\n` +
    '[docs/conformance.md](docs/conformance.md) has each of them, and what each client did in it.\n';
  return `${readme.slice(0, from + BEGIN.length)}\n${text}${readme.slice(to)}`;
}

/** Text that cannot leave its cell. */
function cell(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('\0', '\\0');
}
