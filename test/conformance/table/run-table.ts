// Runs cases against a program: in processes of their own, or, where they can share one, together.
import { type ConformanceCase, type Kind, kindsOf, mayShare } from './case.ts';
import { judge, type Outcome } from './outcome.ts';
import type { Program } from './program.ts';
import { requestIdsOf, runTask, type Task } from './run-task.ts';

/** What became of a case, once for each kind of module it was run as. */
export type CaseResult = { readonly one: ConformanceCase; readonly outcomes: readonly Outcome[] };

/** More than processors: a process that starts also waits. */
const AT_ONCE = 3;
/** One process serves at most that many cases: a failure is found among few. */
const SHARED_MAX = 40;

/** In the order of the cases; they run in any. */
export async function runTable(
  cases: readonly ConformanceCase[],
  program: Program,
): Promise<readonly CaseResult[]> {
  const outcomes = new Map<ConformanceCase, Outcome[]>(cases.map((one) => [one, []]));
  const waiting = [...toTasks(cases, program)];
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      for (const [one, outcome] of await judgeTask(task)) outcomes.get(one)?.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return cases.map((one) => ({ one, outcomes: inOrder(outcomes.get(one) ?? []) }));
}

/** CommonJS first, whichever came first. */
function inOrder(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.toSorted((one, other) => (one.kind ?? '').localeCompare(other.kind ?? ''));
}

/** The reference client gets a process for each case: it ends where ours serves on. */
function toTasks(cases: readonly ConformanceCase[], program: Program): readonly Task[] {
  const isShared = (one: ConformanceCase): boolean =>
    program.name === 'bulkhead' && one.code !== undefined && mayShare(one);
  const alone = cases.filter((one) => !isShared(one));
  const shared = cases.filter(isShared);
  const tasks: Task[] = [];
  for (const kind of ['commonjs', 'esm'] as const) {
    const ofKind = shared.filter((one) => kindsOf(one).includes(kind));
    for (let at = 0; at < ofKind.length; at += SHARED_MAX) {
      const [first, ...others] = ofKind.slice(at, at + SHARED_MAX);
      if (first !== undefined) tasks.push({ program, kind, cases: [first, ...others] });
    }
  }
  const own = alone.flatMap((one) =>
    kindsOf(one).map((kind): Task => ({ program, kind, cases: [one] })),
  );
  return [...tasks, ...own];
}

type Judged = readonly [ConformanceCase, Outcome];

async function judgeTask(task: Task): Promise<readonly Judged[]> {
  const { cases, kind } = task;
  const run = await runTask(task);
  const isShared = cases.length > 1;
  // One of them has ended it for all: each tells for itself.
  if (isShared && run.facts.end !== 'parked') return await judgeEach(task);
  const judged: Judged[] = [];
  for (const [index, one] of cases.entries()) {
    const seen = isShared ? run.ofEvents(requestIdsOf(task, index)) : run;
    judged.push([one, await judge(one, kind, seen)]);
  }
  return judged;
}

async function judgeEach({ cases, kind, program }: Task): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  for (const one of cases) judged.push(...(await judgeTask({ program, kind, cases: [one] })));
  return judged;
}

export function holds({ outcomes }: CaseResult): boolean {
  return outcomes.length > 0 && outcomes.every((outcome) => outcome.holds);
}

export function toKindWords(kind: Kind | undefined): string {
  return kind === 'esm' ? 'ESM' : 'CommonJS';
}
