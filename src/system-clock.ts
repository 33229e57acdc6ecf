// Clock of the real world.
import type { Cancel, Clock } from './core/ports.ts';

/** Timers run on a clock that stands still while the environment is frozen; Unix time jumps. Long
 * waits are cut into pieces so that a jump is noticed within this time, ms. */
const STEP_MS_MAX = 1000;

export const systemClock: Clock = {
  nowEpochMs: () => Date.now(),
  nowMonotonicMs: () => performance.now(),
  scheduleAt(epochMs: number, run: () => void): Cancel {
    let timer: NodeJS.Timeout;
    const step = (): void => {
      const leftMs = epochMs - Date.now();
      if (leftMs <= 0) run();
      else timer = setTimeout(step, Math.min(Math.ceil(leftMs), STEP_MS_MAX));
    };
    timer = setTimeout(step, Math.max(0, Math.min(Math.ceil(epochMs - Date.now()), STEP_MS_MAX)));
    return () => clearTimeout(timer);
  },
};
