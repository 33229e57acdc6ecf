// What must hold of every history, whatever the faults were. The rules come from the contract of
// the Runtime API (sections 1.2, 1.4 and 3.1), not from how the runtime is built.
//
// "Exactly once" has to be read with care when the API itself fails:
// - The caller gets one answer by construction of the emulator; it has to be the one that was
//   taken.
// - The platform takes at most one answer for an id (202; a second one is refused with 400 or 403).
//   A reply that was lost, in whole or in part, leaves the runtime without knowledge: it may send
//   the same bytes again, and once more when the event comes again, because its poll was read
//   first. Without such a loss there is one answer on the wire and no second one.
// - A refusal with 400, 410 or 413 says that the invocation is over. An injected one is a lie: the
//   environment still runs the invocation and hands it out again, and the answer is sent again.
// - 403 and 500 say that the service is over: the process ends, with a reason, and the platform
//   answers what was in flight. That, and the death of the process by a signal, are the only ways
//   in which the platform may answer. It must never have to do so because the time is up, unless
//   a process was starting: the platform counts that on the event's own time.
// - A parked poll whose connection was lost may be sent again; the event then comes again, and must
//   not run again.
import type { RuntimeExchange } from '../../src/emulator/emulator.ts';
import {
  answeredId,
  type Happened,
  type History,
  hasUnknownFate,
  isPost,
  isTaken,
  outcomeOf,
} from './history.ts';

export type Violation = {
  /** Undefined: it belongs to no single invocation. */
  readonly step: number | undefined;
  readonly text: string;
};

/** Repeats that the loss of one answer, or of its reply, may bring. */
const REPEATS_MAX = 2;

export function judge(history: History): readonly Violation[] {
  const postsOf = groupPosts(history.exchanges);
  return [
    ...history.happened.flatMap((one) => judgeAnswers(one, postsOf.get(one.requestId) ?? [])),
    ...judgeUnknownIds(history),
    ...judgeRuns(history),
    ...judgeOutcomes(history, postsOf),
    ...judgeEnds(history),
  ];
}

/** Taken once, repeated only when its fate was unknown, and the caller has what was taken. */
function judgeAnswers(one: Happened, posts: readonly RuntimeExchange[]): Violation[] {
  const { index } = one.step;
  const violation = (text: string): Violation => ({ step: index, text });
  const found: Violation[] = [];
  if (one.result === undefined) return [violation('the caller got no answer')];
  const taken = posts.filter(isTaken);
  if (taken.length > 1) found.push(violation(`${taken.length} answers were taken`));
  const losses = posts.filter(({ fault }) => hasUnknownFate(fault)).length;
  if (posts.length > 1 + losses * REPEATS_MAX) {
    found.push(violation(`${posts.length} answers were sent, and ${losses} were lost`));
  }
  if (posts.some((post) => !isSameAnswer(posts[0] ?? post, post))) {
    found.push(violation('its answers differ'));
  }
  const [answer] = taken;
  if (answer !== undefined && !isDelivered(one.result.payloadBytes, answer)) {
    found.push(violation('the caller has other bytes than the answer that was taken'));
  }
  return found;
}

/** What was dropped or refused by the state has not been read. */
function isSameAnswer(one: RuntimeExchange, other: RuntimeExchange): boolean {
  if (one.endpoint !== other.endpoint) return false;
  if (one.requestBodyBytes === 0 || other.requestBodyBytes === 0) return true;
  return Buffer.compare(one.requestBody, other.requestBody) === 0;
}

/** The exchange keeps the beginning of a long body. */
function isDelivered(bytes: Uint8Array, { requestBody }: RuntimeExchange): boolean {
  return Buffer.compare(bytes.subarray(0, requestBody.length), requestBody) === 0;
}

/** Nothing is answered that the runtime was not given, or not yet. */
function judgeUnknownIds({ exchanges }: History): Violation[] {
  const given = new Map<string, number>();
  for (const { endpoint, status, requestId, index } of exchanges) {
    if (endpoint !== 'next' || status !== 200 || requestId === undefined) continue;
    given.set(requestId, Math.min(index, given.get(requestId) ?? index));
  }
  return exchanges.filter(isPost).flatMap((post) => {
    const id = answeredId(post);
    if ((given.get(id) ?? Infinity) < post.index) return [];
    return [{ step: undefined, text: `exchange ${post.index} answers "${id}", never given` }];
  });
}

/** No event runs twice; one that was answered by its handler has run. */
function judgeRuns({ happened, log }: History): Violation[] {
  const runs = new Map<string, number>();
  for (const { line } of log) {
    const [, id] = /\tRUN (\S+)$/.exec(line) ?? [];
    if (id !== undefined) runs.set(id, (runs.get(id) ?? 0) + 1);
  }
  return happened.flatMap((one) => {
    const count = runs.get(one.requestId) ?? 0;
    const hasResult = one.result !== undefined && one.result.functionError === undefined;
    if (count > 1) return [{ step: one.step.index, text: `it ran ${count} times` }];
    if (count === 0 && hasResult) return [{ step: one.step.index, text: 'it never ran' }];
    return [];
  });
}

/** Every failure has its cause, and each cause excuses as much as it can have done. */
function judgeOutcomes(
  history: History,
  postsOf: ReadonlyMap<string, readonly RuntimeExchange[]>,
): Violation[] {
  /** Faults that were to begin after an answer: each may cost one later event. */
  let lurking: string[] = [];
  let endsUsed = 0;
  const found: Violation[] = [];
  for (const one of history.happened) {
    const { row, index } = one.step;
    const outcome = outcomeOf(one);
    const isReported = (postsOf.get(one.requestId) ?? []).some(isTaken);
    if (outcome === 'Sandbox.Timedout' && isStarting(history, one)) continue;
    if (!isReported && one.result !== undefined) {
      // The platform has answered: the process must have ended, once for each such answer.
      const ends = endsBefore(history, one);
      if (outcome === 'Runtime.ExitError' && ends > endsUsed) endsUsed += 1;
      else found.push({ step: index, text: `the platform had to answer: ${outcome}` });
      lurking = [];
    } else if (!isExpected(one, outcome)) {
      const at = lurking.indexOf(outcome);
      if (at >= 0) lurking.splice(at, 1);
      else found.push({ step: index, text: `${outcome}: ${detailOf(one)}` });
    }
    if (row?.when === 'after') lurking.push(lateOutcome(row.name));
  }
  return found;
}

function isExpected(one: Happened, outcome: string): boolean {
  const { row, index } = one.step;
  if (row === undefined) {
    const payload = one.result?.payload as { readonly step?: number } | undefined;
    return outcome === 'ok' && payload?.step === index;
  }
  const { caller } = row.expect;
  return outcome === (caller === 'result' ? 'ok' : caller.type);
}

/** What a fault does to the event that is in its worker when it begins. */
function lateOutcome(name: string): string {
  const byName: Readonly<Record<string, string>> = {
    'throws-in-timer': 'RangeError',
    'unhandled-rejection': 'Runtime.UnhandledPromiseRejection',
    'exit-one': 'Runtime.ExitError',
  };
  return byName[name] ?? 'Sandbox.Timedout';
}

/** No process was ready when the event came: one became ready later, or had yet to. */
function isStarting({ happened, log }: History, { step, linesSeen }: Happened): boolean {
  const from = happened[step.index - 1]?.linesSeen ?? 0;
  const lines = log.slice(0, linesSeen);
  const lastReady = lines.findLastIndex(({ line }) => line.includes('"event":"init_ok"'));
  const lastEnd = lines.findLastIndex(isEnd);
  return lastReady >= from || lastEnd > lastReady;
}

/** Processes that had ended when the answer came. */
function endsBefore({ log }: History, { linesSeen }: Happened): number {
  return log.slice(0, linesSeen).filter(isEnd).length;
}

/** Ended on purpose, with a reason; or a fault was about to kill it, or the platform was: a timeout
 * of its own is judged where the event is. */
function isEnd({ line, source }: History['log'][number]): boolean {
  if (source === 'platform') return / Task timed out after /.test(line);
  return (
    /"event":"stopped".*"reason":"[^"]/.test(line) || /\tFAULT sig(kill|segv|abrt)$/.test(line)
  );
}

/** As many processes have begun as ended with a cause, and one. */
function judgeEnds({ log, environments, isGuarded }: History): Violation[] {
  const begun = log.filter(({ line }) => line.includes('"event":"init_ok"')).length;
  const ended = log.filter(isEnd).length;
  const text = `${begun} processes have begun, but only ${ended} had a cause to end`;
  return [
    ...(begun > ended + 1 ? [{ step: undefined, text }] : []),
    ...(!isGuarded && environments > ended
      ? [{ step: undefined, text: `${environments} new environments, but only ${ended} ends` }]
      : []),
  ];
}

function detailOf({ result }: Happened): string {
  return JSON.stringify(result?.payload ?? null).slice(0, 300);
}

function groupPosts(exchanges: readonly RuntimeExchange[]): Map<string, RuntimeExchange[]> {
  const groups = new Map<string, RuntimeExchange[]>();
  for (const one of exchanges.filter(isPost)) {
    const id = answeredId(one);
    groups.set(id, [...(groups.get(id) ?? []), one]);
  }
  return groups;
}
