// One invocation -> a worker that runs it; another one where the first was lost before it had
// begun, or where a neighbour has ended it and that is to be tried again.
import type { Invocation } from '../core/invocation.ts';
import type { ErrorOutcome, Outcome } from '../core/outcome.ts';
import type { Acquired, HandlerPool, Slot, SlotResult } from '../core/ports.ts';

export type AttemptsOptions = {
  readonly invocation: Invocation;
  readonly pool: Pick<HandlerPool, 'acquire'>;
  /** The worker that the lane has, or still waits for. */
  readonly reservation: Promise<Acquired>;
  /** The invocation is decided otherwise: nobody waits for a worker any more. */
  readonly isDecided: () => boolean;
  /** Whether it may run once more, after a neighbour has ended it. */
  readonly mayRetry: () => boolean;
  /** Runs it in that worker. */
  readonly run: (slot: Slot) => Promise<SlotResult>;
  /** It has no worker any more, and waits for another one. */
  readonly onLost: () => void;
};

/** How it has ended; `crash`: also where there is no worker for it. */
export type RunEnd = Extract<SlotResult, { outcome: Outcome }>;

/** Undefined: it is decided otherwise. */
export async function runAttempts(options: AttemptsOptions): Promise<RunEnd | undefined> {
  const { invocation, pool, isDecided, mayRetry, run, onLost } = options;
  let waiting = options.reservation;
  for (let isRetry = false; ; waiting = pool.acquire(invocation)) {
    const found = await find(waiting, options);
    if (found === undefined) return undefined;
    if (found.kind === 'crash') return found;
    const result = await run(found.slot);
    if (result.kind === 'result') return result;
    if (result.kind === 'crash') {
      const isNeighbours = result.outcome.kind === 'neighbour';
      if (!isNeighbours || isRetry || !mayRetry() || isDecided()) return result;
      isRetry = true;
    }
    if (isDecided()) return undefined;
    onLost();
  }
}

type Found = { readonly kind: 'slot'; readonly slot: Slot } | Extract<RunEnd, { kind: 'crash' }>;

async function find(
  first: Promise<Acquired>,
  { invocation, pool, isDecided }: AttemptsOptions,
): Promise<Found | undefined> {
  for (let waiting = first; ; waiting = pool.acquire(invocation)) {
    const acquired = await waiting;
    if (acquired.kind === 'failure') {
      const { error, headerType } = acquired;
      const outcome: ErrorOutcome = { kind: 'crash', error, headerType };
      return { kind: 'crash', outcome };
    }
    const { slot } = acquired;
    if (!isDecided() && slot.isReady && slot.accepts(invocation)) return { kind: 'slot', slot };
    // A thread that died while the poll was parked gives way to its replacement.
    slot.release();
    if (isDecided()) return undefined;
  }
}
