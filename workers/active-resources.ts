// What keeps this thread's loop alive, by the names that Node gives the types. Node lists no worker
// threads: those that user code starts are counted here.
import { subscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';

// Taken before user code can replace it.
const { getActiveResourcesInfo } = process;

export const WORKER_TYPE = 'Worker';

const nested = new Set<Worker>();

/** To be called once, before user code runs. */
export function watchNestedWorkers(): void {
  subscribe('worker_threads', (message) => {
    const { worker } = message as { readonly worker: Worker };
    nested.add(worker);
    worker.once('exit', () => nested.delete(worker));
  });
}

/** The threads started by this one that it waits for. */
export function nestedWorkers(): readonly Worker[] {
  return nested.size === 0 ? [] : [...nested].filter(holdsLoop);
}

/** A type stands there as often as there are resources of it. */
export function activeTypes(): readonly string[] {
  const types = getActiveResourcesInfo();
  return nested.size === 0 ? types : [...types, ...nestedWorkers().map(() => WORKER_TYPE)];
}

/** Node's own handle of the thread knows whether it was unref'd; it is not documented. */
function holdsLoop(worker: Worker): boolean {
  const key = Object.getOwnPropertySymbols(worker).find(
    ({ description }) => description === 'kHandle',
  );
  const handle = key === undefined ? undefined : (worker as never)[key];
  return (handle as { hasRef?(): boolean } | null | undefined)?.hasRef?.() ?? false;
}
