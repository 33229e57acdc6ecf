// Which worker takes which invocation, and how many are missing: the isolation modes.
import type { Invocation } from './invocation.ts';
import type { Isolation } from './settings.ts';

/** What the choice needs to know of a worker. */
export type Placeable = {
  readonly state: string;
  readonly role: 'active' | 'standby';
  readonly tenant: string | undefined;
  readonly dueReason: string | undefined;
};

/** An invocation without a tenant is a tenant of its own. */
export function tenantOf(invocation: Invocation): string {
  return invocation.tenantId ?? '';
}

/** Whether a worker may run the invocation: one that has served a tenant serves no other. */
export function accepts(
  isolation: Isolation,
  worker: Pick<Placeable, 'tenant'>,
  invocation: Invocation,
): boolean {
  if (isolation !== 'tenant' || worker.tenant === undefined) return true;
  return worker.tenant === tenantOf(invocation);
}

/**
 * The ready worker to take; undefined: none. One that has served before one that has not, so that
 * a fresh one is left for a tenant or a crash to come; one that is due for replacement last.
 */
export function choose<Worker extends Placeable>(
  workers: Iterable<Worker>,
  isolation: Isolation,
  invocation: Invocation | undefined,
): Worker | undefined {
  let best: Worker | undefined;
  for (const worker of workers) {
    if (worker.state !== 'ready') continue;
    if (invocation !== undefined && !accepts(isolation, worker, invocation)) continue;
    if (best === undefined || rank(worker) < rank(best)) best = worker;
  }
  return best;
}

function rank({ role, tenant, dueReason }: Placeable): number {
  return (
    (dueReason === undefined ? 0 : 4) + (role === 'active' ? 0 : 2) + (tenant === undefined ? 1 : 0)
  );
}

export type Demand = {
  readonly isolation: Isolation;
  /** Active workers and standbys together. */
  readonly targetCount: number;
  readonly standbyCount: number;
  /** Invocations that wait for a worker which accepts them. */
  readonly waitingTenants: number;
};

/** How many workers are to be started now. */
export function missingCount(workers: Iterable<Placeable>, demand: Demand): number {
  const staying = [...workers].filter((worker) => worker.dueReason === undefined);
  const missing = demand.targetCount - staying.length;
  if (demand.isolation !== 'tenant') return missing;
  const freshCount = staying.filter((worker) => worker.tenant === undefined).length;
  return Math.max(missing, Math.max(demand.standbyCount, demand.waitingTenants) - freshCount);
}

/** Whether anybody is to be replaced. */
export function isAnyDue(workers: Iterable<Pick<Placeable, 'dueReason'>>): boolean {
  for (const { dueReason } of workers) if (dueReason !== undefined) return true;
  return false;
}

/**
 * Idle workers that can go because others have taken their place: those that are due, once enough
 * others can serve; and those of the tenants that were served longest ago, `workers` being in the
 * order of their last use, when there are more than wanted.
 */
export function dispensable<Worker extends Placeable>(
  workers: Iterable<Worker>,
  demand: Pick<Demand, 'isolation' | 'targetCount'> & { readonly activeCount: number },
): readonly Worker[] {
  // The common case, once per invocation: nobody can be replaced.
  if (demand.isolation !== 'tenant' && !isAnyDue(workers)) return [];
  const all = [...workers];
  const staying = all.filter((worker) => worker.dueReason === undefined);
  const able = staying.filter(({ state }) => state === 'ready' || state === 'busy');
  const isIdle = ({ state }: Worker): boolean => state === 'ready';
  const due = all.filter((worker) => worker.dueReason !== undefined).filter(isIdle);
  const gone = able.length >= demand.activeCount ? due : [];
  if (demand.isolation !== 'tenant') return gone;
  const bound = able.filter((worker) => worker.tenant !== undefined && isIdle(worker));
  const surplus = Math.max(0, able.length - demand.targetCount);
  return [...gone, ...bound.slice(0, surplus)];
}
