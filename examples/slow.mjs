// A function that takes its time. Ask for more than its timeout to see the watchdog at work:
//   {"sleepMs": 10000}  waits, as for a server that does not reply
//   {"busyMs": 10000}   computes, so that its thread does nothing else
import { setTimeout as sleep } from 'node:timers/promises';

export async function handler({ sleepMs = 0, busyMs = 0 } = {}) {
  if (sleepMs > 0) await sleep(sleepMs);
  if (busyMs > 0) computeFor(busyMs);
  return { sleptMs: sleepMs, computedMs: busyMs };
}

function computeFor(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
