// The thread's clock, which user code cannot change.
const { performance } = globalThis;

/** Milliseconds on a clock that never jumps, for durations. */
export const nowMs: () => number = performance.now.bind(performance);
