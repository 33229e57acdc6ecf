// The CPU profile of a thread from its soft deadline on, as Chrome DevTools reads it. A thread
// inside a native call answers neither its start nor its end: then there is none.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { within } from './time-limit.ts';

type Handle = { readonly stop: () => Promise<string> };
/** Node 22.20 wants a name, 24.8 takes nothing, 26 options. */
type Start = (name?: string) => Promise<Handle>;

export type CpuProfileOptions = {
  readonly worker: Worker;
  /** An existing folder. */
  readonly folder: string;
  readonly requestId: string;
  readonly onProblem: (text: string) => void;
};

/** Kept by one process: a function that keeps timing out must not fill the disk. */
export const PROFILES_MAX = 50;
let keptCount = 0;

export class CpuProfile {
  readonly #options: CpuProfileOptions;
  #start: Promise<Handle> | undefined;

  constructor(options: CpuProfileOptions) {
    this.#options = options;
  }

  /** Does nothing where Node cannot profile another thread. */
  begin(): void {
    const { worker, onProblem } = this.#options;
    if (keptCount >= PROFILES_MAX) return;
    const begun = start(worker);
    this.#start = begun;
    begun?.catch((error: unknown) => {
      // A thread that has ended meanwhile is told by others, and nobody misses its profile.
      if (this.#start === begun) onProblem(`Cannot profile a thread: ${String(error)}`);
    });
  }

  /** Ends it and returns the file that it is being written to; undefined when the thread does not
   * answer in time. */
  async end(budgetMs: number): Promise<string | undefined> {
    const started = this.#start;
    if (started === undefined) return undefined;
    this.#start = undefined;
    const profile = await within(
      budgetMs,
      started.then((handle) => handle.stop()),
    );
    if (profile === undefined) return undefined;
    const { folder, requestId, onProblem } = this.#options;
    const path = join(folder, toFileName(requestId, new Date()));
    keptCount += 1;
    if (keptCount === PROFILES_MAX) {
      onProblem(`${PROFILES_MAX} CPU profiles have been kept; this process takes no more of them`);
    }
    // After the answer: nobody waits for the disk.
    keep(path, profile).catch((error: unknown) => {
      onProblem(`Cannot keep the CPU profile: ${String(error)}`);
    });
    return path;
  }

  /** Ends it without keeping anything: the thread goes on, at full speed. */
  discard(): void {
    this.#start?.then((handle) => handle.stop()).catch(() => {});
    this.#start = undefined;
  }
}

/** Under its name there is all of it, or nothing yet. */
async function keep(path: string, profile: string): Promise<void> {
  const part = `${path}.part`;
  await writeFile(part, profile);
  await rename(part, path);
}

function start(worker: Worker): Promise<Handle> | undefined {
  const { startCpuProfile } = worker as { readonly startCpuProfile?: Start };
  if (startCpuProfile === undefined) return undefined;
  try {
    return startCpuProfile.call(worker);
  } catch {
    return startCpuProfile.call(worker, 'bulkhead');
  }
}

/** Sorts by time; a request id comes from outside and must not lead out of the folder. */
function toFileName(requestId: string, at: Date): string {
  const time = at.toISOString().replace(/[:.]/g, '-');
  return `${time}-${requestId.replace(/[^\w-]/g, '_').slice(0, 100)}.cpuprofile`;
}
