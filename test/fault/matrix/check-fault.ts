// Compares what happened with what the row says has to happen.
import type { Expected, FaultRow, SeenError, When } from './fault-row.ts';
import type { Observation, Seen } from './observe-fault.ts';

/** Longest time from the next event to its answer when the process lives, ms: a worker that is
 * ready, or nearly, on a busy machine. */
const NEXT_MS_MAX = 500;
/** Resident memory that may be left, MB: what V8 and the allocator keep for the next time. */
const LEFT_MB_MAX = 64;

export type Verdict = {
  /** The expectation that was met, or that was missed by least. */
  readonly expect: Expected;
  /** What is not as it has to be, in words; empty when all is well. */
  readonly flaws: readonly string[];
};

/** `isStrict`: times count. */
export function judge(row: FaultRow, seen: Observation, isStrict: boolean): Verdict {
  const [first, ...others] = [row.expect, ...(row.orElse ?? [])].map(
    (expect): Verdict => ({ expect, flaws: flawsOf(row.when, expect, seen, isStrict) }),
  );
  if (first === undefined) return { expect: row.expect, flaws: ['nothing is expected'] };
  return others.reduce(
    (best, other) => (other.flaws.length < best.flaws.length ? other : best),
    first,
  );
}

function flawsOf(when: When, expect: Expected, seen: Observation, isStrict: boolean): string[] {
  return [
    ...answerFlaws('the caller', expect.caller, seen.caller, isStrict),
    ...byFlaws(expect, seen.caller, isStrict),
    ...followerFlaws(when, expect, seen, isStrict),
    ...processFlaws(when, expect, seen),
    ...leftFlaws(expect, seen),
    ...flaw(seen.lost > 0, `${seen.lost} more events have failed`),
    ...flaw(
      isStrict && seen.nextMs > (expect.nextMsMax ?? NEXT_MS_MAX),
      `the next correct answer took ${Math.round(seen.nextMs)} ms`,
    ),
  ];
}

/** Said by a runtime that had no time left to look; on a machine with other things to do. */
const UNKNOWN = /^Where the handler was is not known: /;

function answerFlaws(
  who: string,
  expected: 'result' | SeenError,
  seen: Seen,
  isStrict: boolean,
): string[] {
  const { errorType, errorMessage, header, trace } = seen;
  if (expected === 'result') {
    return flaw(errorType !== undefined, `${who} got ${errorType}: ${errorMessage}`);
  }
  if (errorType === undefined) return [`${who} got a result instead of ${expected.type}`];
  const traced = expected.trace;
  return [
    ...flaw(errorType !== expected.type, `${who} got ${errorType}: ${errorMessage}`),
    ...flaw(header !== expected.header, `${who}'s error was filed under ${header}`),
    ...flaw(!expected.message.test(errorMessage), `${who} was told "${errorMessage}"`),
    ...flaw(
      traced !== undefined &&
        !trace.some((line) => traced.test(line) || (!isStrict && UNKNOWN.test(line))),
      `${who}'s trace has no ${traced}: ${JSON.stringify(trace.slice(0, 5))}`,
    ),
  ];
}

function byFlaws(
  expect: Expected,
  { isReported, earlyMs = 0, takenCount }: Seen,
  isStrict: boolean,
): string[] {
  const byPlatform = expect.by === 'platform';
  return [
    ...flaw(byPlatform && isReported, 'the runtime reported what only the platform can know'),
    ...flaw(!byPlatform && !isReported, 'the platform answered in place of the runtime'),
    ...flaw(takenCount > 1, `${takenCount} answers were taken`),
    ...flaw(
      isStrict && expect.by === 'watchdog' && earlyMs <= 0,
      `the answer came ${-earlyMs} ms after the deadline`,
    ),
  ];
}

function followerFlaws(
  when: When,
  expect: Expected,
  { follower }: Observation,
  isStrict: boolean,
): string[] {
  if (when !== 'after') return [];
  if (follower === undefined) return ['no event was sent behind the fault'];
  return answerFlaws('the event behind it', expect.follower ?? 'result', follower, isStrict);
}

function processFlaws(when: When, expect: Expected, seen: Observation): string[] {
  const { isSamePid, environments, stopReason, exitStatus } = seen;
  // By the platform, when Init takes too long: nobody is left to give a reason.
  const isKilled = when === 'init' && expect.exitStatus === undefined;
  const verdict = isSamePid ? 'same' : environments === 0 ? 'restarted' : 'ends';
  return [
    ...flaw(verdict !== expect.process, `the process: ${verdict}, not ${expect.process}`),
    ...flaw(
      expect.process === 'ends' && !isKilled && stopReason === undefined,
      'the process has ended without a reason in the log',
    ),
    ...flaw(
      when === 'init' && exitStatus !== expect.exitStatus,
      `the process has ended with ${exitStatus}, not ${expect.exitStatus}`,
    ),
    ...flaw(
      expect.process === 'same' && stopReason !== undefined,
      `the process says that it ends: ${stopReason}`,
    ),
  ];
}

function leftFlaws(expect: Expected, { left }: Observation): string[] {
  if (left === undefined) return [];
  const { children = 0, descriptors = 0, rssMb = LEFT_MB_MAX } = expect.left ?? {};
  return [
    ...flaw(left.threads !== 0, `${left.threads} threads are left`),
    ...flaw(left.children > children, `${left.children} child processes are left`),
    ...flaw(left.descriptors > descriptors, `${left.descriptors} descriptors are left`),
    ...flaw(left.rssMb > rssMb, `${left.rssMb} MB of memory are left`),
  ];
}

function flaw(isFlaw: boolean, words: string): string[] {
  return isFlaw ? [words] : [];
}
