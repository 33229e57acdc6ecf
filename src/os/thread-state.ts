// What the operating system says of a thread that says nothing itself.
import { type ProcSource, parseStat, procSource } from './process-table.ts';

/** By the letter of proc(5). */
const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting for a device',
  T: 'stopped by a signal',
  t: 'stopped by a debugger',
};

/** In words a user understands: `running`, `sleeping`, `waiting for a device` and the like;
 * undefined where `/proc` does not say, and for a thread that is gone. */
export function threadState(
  osThreadId: number | undefined,
  source: ProcSource = procSource,
): string | undefined {
  if (osThreadId === undefined) return undefined;
  const text = source.readText(`/proc/self/task/${osThreadId}/stat`);
  return text === undefined ? undefined : STATES[parseStat(text)?.state ?? ''];
}
