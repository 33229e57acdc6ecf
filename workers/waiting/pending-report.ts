// What this thread waits for, and where: asked for when an invocation is about to time out.
import type { RawFrame } from '../../src/core/captured-stack.ts';
import { CALLBACK_AT, SUSPENDED_TYPE } from '../../src/core/evidence.ts';
import type { PendingResource } from '../../src/core/thread-protocol.ts';
import { activeTypes, nestedWorkers, WORKER_TYPE } from '../active-resources.ts';
import { isOwnFile } from '../own-frames.ts';
import { nowMs } from '../thread-clock.ts';
import { type Detail, detailOf } from './pending-details.ts';
import { type PendingTimer, pendingTimers } from './pending-timers.ts';
import { findSuspended, type Suspended } from './suspended-at.ts';
import { ThreadInspector } from './thread-inspector.ts';

// Taken before user code can replace them; the last two are not documented.
const { stringify } = JSON;
const { _getActiveHandles, _getActiveRequests } = process as NodeJS.Process & {
  readonly _getActiveHandles?: () => readonly object[];
  readonly _getActiveRequests?: () => readonly object[];
};

const SEARCH_MS = 20;
/** Of that, for the search; the rest is for the places of callbacks, if nothing was found. */
const CHAINS_SHARE = 0.7;
const DETAILS_MAX = 10;
const CHAINS_MAX = 3;
/** What is left of a thousand sockets is only counted. */
const THINGS_MAX = 100;
const PORT_TYPE = 'MessagePort';
const TIMER_TYPE = 'Timeout';

/**
 * By type as Node names it, with what can be told of each; before them, under SUSPENDED_TYPE, where
 * async functions are suspended: each detail is one `RawFrame` as JSON, innermost first.
 *
 * @param ownPortCount how many of the listed ports are the runtime's own.
 * @param searchMs how long the search for suspended functions may take: the thread may yet have
 * work to do.
 */
export async function pendingReport(
  ownPortCount: number,
  searchMs: number = SEARCH_MS,
): Promise<readonly PendingResource[]> {
  const beganMs = nowMs();
  const untilMs = beganMs + searchMs;
  const counts = countTypes(ownPortCount);
  const inspector = openInspector();
  try {
    const things = [...list(_getActiveRequests), ...list(_getActiveHandles)].slice(0, THINGS_MAX);
    const details = [...things.map((thing) => detailOf(thing, inspector)), ...workerDetails()];
    const timers = inspector === undefined ? [] : pendingTimers(inspector, untilMs);
    const targets = [...timers.map(({ timer }) => [timer]), ...toTargets(details)];
    const chains = await findChains(targets, inspector, beganMs + searchMs * CHAINS_SHARE);
    // Who waits by a callback is suspended nowhere; it is then the callback that says most.
    const isBlind = chains.length === 0 && nowMs() < untilMs;
    const places = isBlind ? findPlaces(timers, inspector) : [];
    const resources = [...counts].map(([type, count]) => {
      const texts =
        type === TIMER_TYPE
          ? timers.map((timer, index) => toTimerText(timer, places[index]))
          : textsOf(type, details);
      return { type, count, details: texts.slice(0, DETAILS_MAX) };
    });
    return [...chains.map(toResource), ...resources];
  } finally {
    inspector?.close();
  }
}

/** The same without any detail, at once: the details take a while on a busy machine. */
export function pendingCounts(ownPortCount: number): readonly PendingResource[] {
  return [...countTypes(ownPortCount)].map(([type, count]) => ({ type, count, details: [] }));
}

function openInspector(): ThreadInspector | undefined {
  try {
    return new ThreadInspector();
  } catch {
    // Without it there are only the counts.
    return undefined;
  }
}

async function findChains(
  targets: readonly (readonly object[])[],
  inspector: ThreadInspector | undefined,
  untilMs: number,
): Promise<readonly Suspended[]> {
  if (inspector === undefined) return [];
  try {
    const chains = await findSuspended(targets, inspector, isUsers, untilMs);
    return chains.toSorted(byImportance).slice(0, CHAINS_MAX);
  } catch {
    // User code has damaged what it takes; the counts are worth telling all the same.
    return [];
  }
}

function findPlaces(
  timers: readonly PendingTimer[],
  inspector: ThreadInspector | undefined,
): readonly (string | undefined)[] {
  const callbacks = timers.slice(0, DETAILS_MAX).map(({ timer, callback }) => callback ?? timer);
  if (inspector === undefined || callbacks.length === 0) return [];
  try {
    return inspector.placesOf(callbacks);
  } catch {
    return [];
  }
}

function toTargets(details: readonly Detail[]): readonly (readonly object[])[] {
  return (
    details
      // A port leads to its other end, not to who waits for it, and this thread's own are there.
      .filter(({ type }) => type !== PORT_TYPE)
      // A pipe is most often one of a child process, which comes first.
      .toSorted((one, other) => Number(isPipe(one)) - Number(isPipe(other)))
      .map(({ roots }) => roots)
  );
}

function workerDetails(): readonly Detail[] {
  return nestedWorkers()
    .slice(0, THINGS_MAX)
    .map((worker) => ({ type: WORKER_TYPE, text: `thread ${worker.threadId}`, roots: [worker] }));
}

function countTypes(ownPortCount: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const type of activeTypes()) counts.set(type, (counts.get(type) ?? 0) + 1);
  const ports = (counts.get(PORT_TYPE) ?? 0) - ownPortCount;
  if (ports > 0) counts.set(PORT_TYPE, ports);
  else counts.delete(PORT_TYPE);
  return counts;
}

function list(read: (() => readonly object[]) | undefined): readonly object[] {
  try {
    return read?.call(process) ?? [];
  } catch {
    return [];
  }
}

function isUsers(chain: Suspended): boolean {
  return chain.some(({ file }) => file !== '' && !file.startsWith('node:') && !isOwnFile(file));
}

function isPipe({ type }: Detail): boolean {
  return type === 'PipeWrap';
}

/** First those that the invocation itself waits for: they end where the runtime called it. */
function byImportance(one: Suspended, other: Suspended): number {
  return Number(isInvocations(other)) - Number(isInvocations(one)) || other.length - one.length;
}

function isInvocations(chain: Suspended): boolean {
  return chain.some(({ file }) => isOwnFile(file));
}

function toResource(chain: Suspended): PendingResource {
  return {
    type: SUSPENDED_TYPE,
    count: 1,
    details: chain.map((frame: RawFrame) => stringify(frame)),
  };
}

function textsOf(type: string, details: readonly Detail[]): readonly string[] {
  return details.flatMap((detail) => (detail.type === type ? (detail.text ?? []) : []));
}

function toTimerText({ delayMs, isRepeating }: PendingTimer, place: string | undefined): string {
  const text = isRepeating ? `every ${delayMs} ms` : `${delayMs} ms`;
  return place === undefined ? text : `${text}${CALLBACK_AT}${place}`;
}
