// The summary of a run under losses that a person reads, on a terminal or in the README.

import type { Summary } from '../../src/cli/bench/statistics.ts';
import { type Table, textTable } from '../../src/cli/bench/tables.ts';
import { markdownTable } from '../support/markdown-table.ts';
import { headLines } from './comparison-tables.ts';
import type { LossReport, LossResult } from './loss-result.ts';

export function renderLossText(report: LossReport): string {
  const blocks = tablesOf(report).map((table) => `${table.title}\n\n${textTable(table)}`);
  return `${[...headLines(report), '', ...blocks].join('\n')}\n`;
}

export function renderLossMarkdown(report: LossReport): string {
  const blocks = tablesOf(report).map((table) => `**${table.title}**\n\n${markdownTable(table)}`);
  return `${[headLines(report).join('  \n'), '', ...blocks].join('\n')}\n`;
}

/** The measures are the rows: there are many of them, and few runtimes. */
const ROWS: readonly {
  readonly title: string;
  readonly of: (result: LossResult, lanes: number) => string;
}[] = [
  { title: 'events handed out', of: ({ handedOut }) => String(handedOut) },
  { title: 'events that took their thread down', of: ({ threadsTaken }) => String(threadsTaken) },
  { title: 'never answered', of: ({ neverAnswered }) => String(neverAnswered) },
  { title: 'answered twice', of: ({ counts }) => String(counts.duplicate) },
  { title: 'answers to unknown ids', of: ({ counts }) => String(counts.unknown) },
  { title: 'answers after they were given up', of: ({ counts }) => String(counts.late) },
  { title: 'waiting events that got an error', of: ({ waitingHurt }) => String(waitingHurt) },
  { title: 'processes (1: its id is unchanged)', of: ({ processes }) => String(processes) },
  { title: 'the process ended', of: ({ ends }) => String(ends) },
  { title: 'the process polled no more', of: ({ hangs }) => String(hangs) },
  { title: 'most parked and running at once', of: ({ counts }) => String(counts.heldMost) },
  { title: 'lanes lost (connections that poll)', of: ({ lanesLost }) => String(lanesLost) },
  { title: 'of them back within 1 s', of: ({ lanesBackWithin1s }) => String(lanesBackWithin1s) },
  { title: 'never back', of: ({ lanesMissing }) => String(lanesMissing) },
  { title: 'a lane back, ms: p50, p99, max', of: ({ lanesAwayMs }) => times(lanesAwayMs) },
  { title: 'other lanes away over 100 ms', of: ({ slowLanesMs }) => times(slowLanesMs) },
  { title: 'capacity whole again, ms: p50, p99, max', of: ({ dips }) => times(dips) },
  { title: 'times that capacity was not whole', of: ({ dips }) => String(dips.count) },
  { title: 'the same without a loss, over 100 ms', of: ({ quietDips }) => times(quietDips) },
  {
    title: 'mean capacity',
    of: ({ capacityMean }, lanes) => `${capacityMean.toFixed(1)} of ${lanes}`,
  },
  {
    title: 'time below 90 %, below 50 % of it',
    of: ({ shareBelow90, shareBelow50 }) => `${percent(shareBelow90)}, ${percent(shareBelow50)}`,
  },
  { title: 'parked when all was answered', of: ({ parkedAtEnd }) => String(parkedAtEnd) },
  { title: 'successes a second', of: ({ throughput }) => throughput.toFixed(0) },
  { title: 'their latency, ms: p50, p99, max', of: ({ latencyMs }) => times(latencyMs) },
  { title: 'most resident memory, MB', of: ({ rssMbMost }) => rssMbMost.toFixed(0) },
];

function tablesOf({ results, parameters }: LossReport): Table[] {
  return [
    {
      title: 'Threads lost under load',
      header: ['', ...results.map(({ title }) => title)],
      rows: ROWS.map(({ title, of }) => [
        title,
        ...results.map((result) => of(result, parameters.lanes)),
      ]),
    },
    ...results.map(({ title, outcomes }) => ({
      title: `What became of the events: ${title}`,
      header: ['the event', 'came to', 'times'],
      rows: Object.entries(outcomes).flatMap(([way, counts]) =>
        Object.entries(counts).map(([outcome, times]) => [way, outcome, String(times)]),
      ),
    })),
  ];
}

function times({ count, p50, p99, max }: Summary): string {
  return count === 0 ? 'none' : [p50, p99, max].map((ms) => ms.toFixed(0)).join(', ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
