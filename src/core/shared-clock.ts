// One clock for all threads of a process: `performance.now` counts from the start of its thread,
// and what it counts is the system's monotonic clock, which `process.hrtime` gives as it is.

const READINGS = 3;

/** What has to be added to `now` in this thread; exact to about a microsecond. */
export function clockShiftMs(hrtime: () => [number, number], now: () => number): number {
  let shiftMs = Number.NEGATIVE_INFINITY;
  for (let reading = 0; reading < READINGS; reading += 1) {
    const [seconds, nanoseconds] = hrtime();
    // Whatever has passed between the two makes it less.
    shiftMs = Math.max(shiftMs, seconds * 1000 + nanoseconds / 1_000_000 - now());
  }
  return shiftMs;
}
