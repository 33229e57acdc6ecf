// What a look at a shared thread means for one of the invocations on it.
import type { Evidence, EvidenceReport } from '../../core/evidence.ts';
import type { Claim, SharedThread } from './shared-thread.ts';

/** The loop turns; the invocation itself blocks it; another one does; or that is not known. */
export type Sight = 'turning' | 'own' | 'held' | 'unknown';

/** The evidence for the invocation of that claim: code of another one on the stack is not where it
 * was itself, and what others wait for is not its caller's to know. */
export function asShared(report: EvidenceReport, claim: Claim): EvidenceReport {
  const { thread, number } = claim;
  const isOnly = thread.slot.tasks.onlyNumber === number;
  const evidence = isOnly ? report.evidence : withoutOthers(report.evidence);
  const holder = holderOf(evidence, thread);
  if (holder === undefined || holder === number) {
    return evidence === report.evidence ? report : { ...report, evidence };
  }
  const by = thread.slot.tasks.find(holder)?.requestId;
  return { ...report, evidence: { kind: 'held', by, inside: evidence } };
}

/** Frames are of its own work, or of the function's code; the rest is of the whole thread. */
function withoutOthers(evidence: Evidence): Evidence {
  if (evidence.kind === 'native') return { ...evidence, children: [] };
  if (evidence.kind !== 'waiting') return evidence;
  const resources = evidence.resources.map(({ type, count }) => ({
    type: `${type} (of all invocations on its thread)`,
    count,
    details: [],
  }));
  return { ...evidence, resources };
}

export function sightOf(
  evidence: Evidence | undefined,
  thread: SharedThread,
  number: number,
): Sight {
  if (evidence === undefined) return 'unknown';
  if (evidence.kind === 'waiting') return 'turning';
  if (evidence.kind === 'held') return 'held';
  // Alone with its thread, it is the one that blocks it.
  const holder =
    holderOf(evidence, thread) ?? (isBlocked(evidence) && isAlone(thread) ? number : 0);
  return holder === number ? 'own' : 'unknown';
}

/** Number of the invocation whose code blocks the thread; undefined: not known, or none does. */
export function holderOf(evidence: Evidence, thread: SharedThread): number | undefined {
  if (evidence.kind === 'busy') return evidence.owner;
  // A native call in the first, synchronous part of a handler.
  return evidence.kind === 'native' ? thread.entered : undefined;
}

function isBlocked({ kind }: Evidence): boolean {
  return kind === 'busy' || kind === 'native';
}

/** The invocation asked about is not counted any more. */
function isAlone({ load }: SharedThread): boolean {
  return load === 0;
}
