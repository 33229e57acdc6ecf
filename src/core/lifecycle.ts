// The supervisor's states and the only ways between them.
import { assert } from './errors.ts';

/**
 * - `starting`: the first worker runs Init; no poll is out.
 * - `serving`: lanes poll.
 * - `draining`: no new poll; invocations in flight may end.
 * - `stopped`: every answer is out or given up; the process ends.
 */
export type LifecycleState = 'starting' | 'serving' | 'draining' | 'stopped';

const NEXT: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  starting: ['serving', 'draining', 'stopped'],
  serving: ['draining', 'stopped'],
  draining: ['stopped'],
  stopped: [],
};

/** @throws RuntimeError when the table does not allow the step. */
export function advance(from: LifecycleState, to: LifecycleState): LifecycleState {
  assert(NEXT[from].includes(to), `the supervisor is ${from} and cannot become ${to}`);
  return to;
}
