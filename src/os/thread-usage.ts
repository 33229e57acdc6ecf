// How much of a processor a thread has had, and how long it has waited for one.
import { type ProcSource, procSource } from './process-table.ts';

const NS_PER_MS = 1_000_000;

export type ThreadUsage = { readonly ranMs: number; readonly waitedMs: number };

/** Since the thread's start; undefined where the kernel does not say, and for a thread that is
 * gone. The file has both in nanoseconds (the kernel's documentation of scheduler statistics). */
export function threadUsage(
  osThreadId: number | undefined,
  source: ProcSource = procSource,
): ThreadUsage | undefined {
  if (osThreadId === undefined) return undefined;
  const text = source.readText(`/proc/self/task/${osThreadId}/schedstat`);
  const [ran = Number.NaN, waited = Number.NaN] = (text ?? '').split(' ').map(Number);
  if (!Number.isFinite(ran) || !Number.isFinite(waited)) return undefined;
  return { ranMs: ran / NS_PER_MS, waitedMs: waited / NS_PER_MS };
}
