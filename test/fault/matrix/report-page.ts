// docs/faults.md: every row of the matrix with everything that was seen of it.
import { GROUPS } from './fault-row.ts';
import type { FaultRecord, SeenRecord } from './record.ts';
import type { FaultResults } from './results.ts';
import { answerWords, cell, leftWords, processWords, rangeWords, whenWords } from './words.ts';

export function renderPage(results: FaultResults): string {
  const { takenOn, node, machine, commit, command, rows } = results;
  return [
    '# What a handler can do to the runtime, and what becomes of it',
    '',
    'Written by the fault suite; do not edit. Each row is a fixture in `test/fixtures/faults`, run',
    'against the real process behind the emulator. A row that behaves differently fails the suite.',
    '',
    `- **Run:** ${takenOn}, Node ${node}, ${machine}, commit ${commit}`,
    `- **Again:** \`${command}\``,
    `- **Contained** (the same process serves on): ${containedWords(rows)}`,
    '',
    '**The caller** (or the event behind a fault that begins after its answer, whose caller has had a',
    'result): the error type, the type it is filed under where that differs, the message, and the most',
    'telling line of the trace. **Answered**: how long before the deadline, for what the watchdog',
    'answers; else how soon. **Next answer**: from the next event’s arrival to its correct answer,',
    'shortest to longest. **Left**: threads / child processes / descriptors / resident memory, compared',
    'with before, when all has settled after the last run; Node keeps the pages of an ended heap for',
    'the next one. Faults that kill the process run under the guardian.',
    ...GROUPS.flatMap((group) => groupSection(group, rows)),
    ...initSection(rows),
    ...notContained(rows),
    '',
  ].join('\n');
}

function containedWords(rows: readonly FaultRecord[]): string {
  const served = rows.filter(({ when }) => when !== 'init');
  const contained = served.filter((row) => row.process === 'same');
  const runs = Math.min(...contained.map((row) => row.runs));
  return `${contained.length} of ${served.length} rows, each ${runs} times in a row`;
}

function groupSection(group: string, rows: readonly FaultRecord[]): string[] {
  const ofGroup = rows.filter((row) => row.group === group);
  const during = ofGroup.filter(({ when }) => when === 'during');
  const after = ofGroup.filter(({ when }) => when === 'after');
  return [
    ...(during.length === 0 ? [] : ['', `## ${title(group)}`, '', ...duringTable(during)]),
    ...(after.length === 0
      ? []
      : ['', `## ${title(group)}, after the answer`, '', ...afterTable(after)]),
  ];
}

function duringTable(rows: readonly FaultRecord[]): string[] {
  return [
    '| fault | the caller | answered | next answer | left | process | runs |',
    '|---|---|---|--:|---|---|--:|',
    ...rows.map((row) =>
      line([row.does, told(row.caller), whenWords(row.caller), ...commonCells(row)]),
    ),
  ];
}

/** The caller has had its answer; what matters is the event that comes next. */
function afterTable(rows: readonly FaultRecord[]): string[] {
  return [
    '| fault | the event behind it | answered | next answer | left | process | runs |',
    '|---|---|---|--:|---|---|--:|',
    ...rows.map((row) => {
      const follower = row.follower ?? row.caller;
      return line([row.does, told(follower), whenWords(follower), ...commonCells(row)]);
    }),
  ];
}

function commonCells(row: FaultRecord): string[] {
  return [rangeWords(row.nextMs), leftWords(row), processWords(row), String(row.runs)];
}

function initSection(rows: readonly FaultRecord[]): string[] {
  return [
    '',
    '## In Init',
    '',
    'Nothing has worked yet: the error is reported once and the process ends, so that the platform',
    'starts a new one. What does not come back is ended by the platform, which gives Init ten',
    'seconds (one second here) and repeats it on the caller’s time.',
    '',
    '| fault | the first caller | answered | exit status | next answer | process | runs |',
    '|---|---|---|--:|--:|---|--:|',
    ...rows
      .filter(({ when }) => when === 'init')
      .map((row) =>
        line([
          row.does,
          told(row.caller),
          whenWords(row.caller),
          row.exitStatus === null ? 'killed' : String(row.exitStatus),
          rangeWords(row.nextMs),
          processWords(row),
          String(row.runs),
        ]),
      ),
  ];
}

function notContained(rows: readonly FaultRecord[]): string[] {
  return ['', '## Not contained', '', ...notContainedLines(rows)];
}

/** What the table says of faults that reach further than their own event. */
export function notContainedLines(rows: readonly FaultRecord[]): string[] {
  const names = (list: readonly FaultRecord[]): string =>
    [...new Set(list.map(({ family, does }) => family ?? does))].join('; ');
  const served = rows.filter(({ when }) => when !== 'init');
  const restarted = served.filter(
    ({ process, when }) => process === 'restarted' && when === 'during',
  );
  const ended = served.filter(({ process }) => process === 'ends');
  const follow = served.filter(({ follower }) => follower !== null && follower.errorType !== null);
  const children = served.filter(({ left }) => (left?.children ?? 0) > 0);
  return [
    ...bullet('These end the process; the guardian starts another', names(restarted)),
    ...bullet('After these the process ends by itself, as the contract asks', names(ended)),
    ...bullet(
      'These, begun after the answer, keep the worker: the event behind them times out in it',
      names(follow),
    ),
    ...bullet('These stay behind until the environment ends', names(children)),
  ];
}

function bullet(label: string, names: string): string[] {
  return names === '' ? [] : [`- ${label}: ${names}.`];
}

function told(seen: SeenRecord): string {
  const { errorType, header, message, evidence } = seen;
  if (errorType === null) return answerWords(seen);
  const filed = header === null || header === errorType ? '' : ` (filed: \`${header}\`)`;
  const where = evidence === null || evidence === '' ? '' : `; ${evidence}`;
  return `${answerWords(seen)}${filed}: ${message}${where}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

function title(group: string): string {
  return group.charAt(0).toUpperCase() + group.slice(1);
}
