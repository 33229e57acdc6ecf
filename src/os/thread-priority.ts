// A thread that cannot be ended shall at least not take the processor from those that serve.
import { existsSync } from 'node:fs';
import { setPriority } from 'node:os';

/** The least urgent there is (setpriority(2)). */
const LOWEST = 19;

/**
 * Gives the thread the lowest priority, for good: only for a stuck one. Linux keeps a priority per
 * thread; elsewhere nothing happens. The main thread is never touched. Never throws.
 */
export function yieldPriority(osThreadId: number | undefined): void {
  if (osThreadId === undefined || osThreadId === process.pid) return;
  // A thread's number may by now be that of another process.
  if (!existsSync(`/proc/self/task/${osThreadId}`)) return;
  try {
    setPriority(osThreadId, LOWEST);
  } catch {
    // It has just ended, or that is not allowed here: it keeps its priority.
  }
}
