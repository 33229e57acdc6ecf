// What there is of threads and invocations at one moment, for those who read the metrics.
import { PING_MS_MAX } from '../../core/limits.ts';
import type { Census, Clock, ThreadCensus } from '../../core/ports.ts';
import type { WorkerEndings } from '../worker-endings.ts';
import type { WorkerSlot } from '../worker-slot.ts';
import type { SharedThread } from './shared-thread.ts';

export type CensusSource = {
  readonly clock: Clock;
  readonly slots: readonly WorkerSlot[];
  readonly threads: ReadonlyMap<WorkerSlot, SharedThread>;
  readonly endings: Pick<WorkerEndings, 'goingCount' | 'stuckCount'>;
  /** Lanes that have room for an event, or have one. */
  readonly laneCount: number;
  readonly runningCount: number;
  readonly queuedCount: number;
};

/** Asks each thread whether its loop turns; takes PING_MS_MAX at most. */
export async function takeCensus(source: CensusSource): Promise<Census> {
  const { clock, slots, threads, laneCount, runningCount, queuedCount } = source;
  const states = new Map<string, number>();
  const count = (state: string, by = 1): void => {
    states.set(state, (states.get(state) ?? 0) + by);
  };
  for (const slot of slots) count(stateOf(slot, threads.get(slot)));
  count('ending', source.endings.goingCount);
  count('stuck', source.endings.stuckCount);
  const alive = slots.filter(({ state }) => state === 'ready' || state === 'busy');
  const asked = alive.map(async (slot): Promise<ThreadCensus> => {
    const loopDelayMs = await loopDelay(slot, clock);
    return { slotId: slot.id, load: threads.get(slot)?.load ?? 0, loopDelayMs };
  });
  const parkedCount = Math.max(0, laneCount - runningCount);
  return { parkedCount, runningCount, queuedCount, states, threads: await Promise.all(asked) };
}

function stateOf(slot: WorkerSlot, thread: SharedThread | undefined): string {
  if (thread?.leaving !== undefined) return 'retiring';
  return slot.role === 'standby' && slot.state === 'ready' ? 'standby' : slot.state;
}

/** Of a thread that does not answer it is at least PING_MS_MAX. */
function loopDelay(slot: WorkerSlot, clock: Clock): Promise<number> {
  const askedAtMs = clock.nowMonotonicMs();
  return new Promise((resolve) => {
    const cancel = clock.scheduleAt(clock.nowEpochMs() + PING_MS_MAX, () => resolve(PING_MS_MAX));
    slot.thread.ping(() => {
      cancel();
      resolve(clock.nowMonotonicMs() - askedAtMs);
    });
  });
}
