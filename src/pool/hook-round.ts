// The hooks of one moment around a snapshot, in every worker there is (SnapStart).

import { parseHandlerResult } from '../core/handler-result.ts';
import type { Clock, InitFailure, InitResult } from '../core/ports.ts';
import { toHookError } from '../core/snapshot-hooks.ts';
import type { HookMoment } from '../core/thread-protocol.ts';
import type { WorkerSlot } from './worker-slot.ts';
import type { WorkerSupply } from './worker-supply.ts';

type Supply = Pick<WorkerSupply, 'slots' | 'fill' | 'started' | 'dropStarting'>;

/** Resolves with the first failure, or when all of them have ended. No worker may be in use. */
export async function runHookRound(
  moment: HookMoment,
  supply: Supply,
  clock: Clock,
): Promise<InitResult> {
  if (moment === 'beforeSnapshot') return prepareAll(supply);
  startAnew(supply, clock);
  return runInEach(readyOf(supply), moment);
}

/** All that are to be in the snapshot. One that does not start is no obstacle, but while hooks run
 * it may be started anew: whoever has come meanwhile has not been told of the snapshot. */
async function prepareAll(supply: Supply): Promise<InitResult> {
  const asked = new Set<WorkerSlot>();
  for (;;) {
    supply.fill();
    await supply.started();
    const others = readyOf(supply).filter((slot) => !asked.has(slot));
    if (others.length === 0) return { kind: 'ready' };
    for (const slot of others) asked.add(slot);
    const result = await runInEach(others, 'beforeSnapshot');
    if (result.kind === 'failure') return result;
  }
}

function readyOf({ slots }: Supply): WorkerSlot[] {
  return [...slots].filter(({ state }) => state === 'ready');
}

function runInEach(slots: readonly WorkerSlot[], moment: HookMoment): Promise<InitResult> {
  return new Promise((resolve) => {
    const rounds = slots.map(async (slot) => {
      const result = await runIn(slot, moment);
      if (result.kind === 'failure') resolve(result);
    });
    void Promise.all(rounds).then(() => resolve({ kind: 'ready' }));
  });
}

/** The environment is a new one. */
function startAnew(supply: Supply, clock: Clock): void {
  // They do not know yet that there was a restore: others are started, which do.
  supply.dropStarting();
  // Nobody is older than the environment.
  for (const slot of supply.slots) slot.startedAtMs = clock.nowMonotonicMs();
  supply.fill();
}

async function runIn(slot: WorkerSlot, moment: HookMoment): Promise<InitResult> {
  try {
    const result = parseHandlerResult(await slot.thread.runHooks(moment));
    if (result.kind === 'ready') return result;
    if (result.kind === 'failure') return result;
    return toFailure(moment, 'The worker has answered something else');
  } catch (error) {
    // Of a thread that has died the slot knows why; else it is what it has sent.
    const why = slot.endDetail ?? (error instanceof Error ? error.message : String(error));
    return toFailure(moment, why);
  }
}

function toFailure(moment: HookMoment, errorMessage: string): InitFailure {
  const error = toHookError(moment, { errorType: 'Runtime.WorkerError', errorMessage, trace: [] });
  return { kind: 'failure', error, headerType: error.errorType };
}
