// The thread's clock, which user code cannot change.
import { clockShiftMs } from '../src/core/shared-clock.ts';

const { performance } = globalThis;
const now = performance.now.bind(performance);
const shiftMs = clockShiftMs(process.hrtime, now);

/** Milliseconds on a clock that never jumps, the same in all threads. */
export const nowMs = (): number => now() + shiftMs;
