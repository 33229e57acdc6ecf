// The timers of this thread. Node keeps its lists to itself, but its own functions hold them.
import { nowMs } from '../thread-clock.ts';
import { isObject, ownValue } from './own-data.ts';
import type { ThreadInspector } from './thread-inspector.ts';

// Taken before user code can replace them.
const { setTimeout } = globalThis;

export type PendingTimer = {
  readonly timer: object;
  /** Milliseconds it was set for. */
  readonly delayMs: number;
  readonly isRepeating: boolean;
  readonly callback: object | undefined;
};

const TIMERS_MAX = 1000;
/** Looks at so many between two at the clock. */
const BATCH = 100;

/** Those that keep the thread's loop alive, as far as they are found in that time and number; empty
 * when this Node keeps them elsewhere. */
export function pendingTimers(
  inspector: ThreadInspector,
  untilMs: number,
): readonly PendingTimer[] {
  const [scopes = []] = inspector.heldBy([setTimeout]);
  const lists = scopes.map((scope) => ownValue(scope, 'timerListMap')).find(isObject) ?? {};
  const found: PendingTimer[] = [];
  let seen = 0;
  for (const node of nodesOf(lists)) {
    if (holdsLoop(node)) found.push(toTimer(node));
    seen += 1;
    const isLate = seen % BATCH === 0 && nowMs() > untilMs;
    if (found.length === TIMERS_MAX || isLate) break;
  }
  return found;
}

/** There is a list for each delay. */
function* nodesOf(lists: object): Generator<object> {
  for (const key of Reflect.ownKeys(lists)) {
    const list = ownValue(lists, key);
    // Each list is a ring that begins and ends with itself.
    let node = isObject(list) ? ownValue(list, '_idleNext') : undefined;
    for (let count = 0; isObject(node) && node !== list && count < TIMERS_MAX; count += 1) {
      yield node;
      node = ownValue(node, '_idleNext');
    }
  }
}

function toTimer(timer: object): PendingTimer {
  const callback = ownValue(timer, '_onTimeout');
  const repeat = ownValue(timer, '_repeat');
  return {
    timer,
    delayMs: Number(ownValue(timer, '_idleTimeout') ?? 0),
    isRepeating: typeof repeat === 'number',
    callback: isObject(callback) ? callback : undefined,
  };
}

function holdsLoop(timer: object): boolean {
  const refed = Object.getOwnPropertySymbols(timer).find(({ description }) => {
    return description === 'refed';
  });
  return refed !== undefined && ownValue(timer, refed) === true;
}
