// How often what was done and what came of it, over all seeds.
import type { RuntimeExchange } from '../../src/emulator/emulator.ts';
import { rowId } from '../fault/matrix/fault-row.ts';
import { type History, isPost, isTaken, outcomeOf } from './history.ts';

export type Totals = {
  readonly invocations: number;
  /** By what was done, and within it by what the caller saw. */
  readonly byFault: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly byOutcome: ReadonlyMap<string, number>;
  /** Faults of the Runtime API that have happened, by endpoint and kind. */
  readonly byApiFault: ReadonlyMap<string, number>;
  readonly answersTaken: number;
  readonly answersRepeated: number;
  readonly eventsGivenAgain: number;
  readonly processesEnded: ReadonlyMap<string, number>;
};

export function addUp(histories: readonly History[]): Totals {
  const happened = histories.flatMap((history) => history.happened);
  const exchanges = histories.flatMap((history) => history.exchanges);
  const lines = histories.flatMap(({ log }) => log.map(({ line }) => line));
  const byFault = new Map<string, Map<string, number>>();
  for (const one of happened) {
    const { row } = one.step;
    const name = row === undefined ? 'healthy' : rowId(row);
    const outcomes = byFault.get(name) ?? new Map<string, number>();
    count(outcomes, outcomeOf(one));
    byFault.set(name, outcomes);
  }
  return {
    invocations: happened.length,
    byFault: new Map([...byFault].sort()),
    byOutcome: counted(happened.map(outcomeOf)),
    byApiFault: counted(exchanges.flatMap(faultName)),
    answersTaken: exchanges.filter(isTaken).length,
    answersRepeated: repeats(exchanges.filter(isPost)),
    eventsGivenAgain: repeats(exchanges.filter(isGiven)),
    processesEnded: counted(lines.flatMap(endReason)),
  };
}

export function totalLines(totals: Totals): string[] {
  const { invocations, answersTaken, answersRepeated, eventsGivenAgain } = totals;
  return [
    `${invocations} invocations; ${answersTaken} answers taken, ${answersRepeated} sent again, ` +
      `${eventsGivenAgain} events handed out again`,
    'outcomes:',
    ...lines(totals.byOutcome),
    'faults:',
    ...[...totals.byFault].map(([name, outcomes]) => `  ${name.padEnd(28)} ${words(outcomes)}`),
    'faults of the Runtime API:',
    ...lines(totals.byApiFault),
    'processes ended:',
    ...lines(totals.processesEnded),
  ];
}

function lines(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([, one], [, other]) => other - one).map(toLine);
}

function toLine([name, times]: readonly [string, number]): string {
  return `  ${String(times).padStart(6)}  ${name}`;
}

function words(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, times]) => `${name} ${times}`).join(', ');
}

function isGiven({ endpoint, status }: RuntimeExchange): boolean {
  return endpoint === 'next' && status === 200;
}

function faultName({ endpoint, fault }: RuntimeExchange): string[] {
  if (fault === undefined) return [];
  return [`${endpoint} ${fault.kind === 'status' ? fault.status : fault.kind}`];
}

/** Without ids and paths, which would make each one its own. */
function endReason(line: string): string[] {
  const [, signal] = /\tFAULT (sig\w+)$/.exec(line) ?? [];
  if (signal !== undefined) return [`killed: ${signal}`];
  const [, reason] = /"event":"stopped".*?"reason":"(.*?)(?<!\\)"/.exec(line) ?? [];
  if (reason === undefined) return [];
  return [
    reason
      .replace(/seed-\d+-step-\d+/g, '<id>')
      .replace(/\{.*/, '')
      .trim(),
  ];
}

function repeats(exchanges: readonly RuntimeExchange[]): number {
  return exchanges.length - new Set(exchanges.map(({ requestId }) => requestId)).size;
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) count(counts, name);
  return counts;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
