// The programs that take several events at once, and the environment of Managed Instances.
import { resolve } from 'node:path';
import {
  planVariants,
  type Variant,
  type VariantName,
  type VariantPlan,
} from '../support/variants.ts';

export type ConcurrentSetup = {
  /** What goes into _HANDLER. */
  readonly handler: string;
  /** What goes into AWS_LAMBDA_MAX_CONCURRENCY. */
  readonly lanes: number;
  /** What goes into AWS_LAMBDA_NODEJS_WORKER_COUNT; undefined: each its own default. */
  readonly threads: number | undefined;
  readonly memoryMb: number;
  readonly only: readonly string[] | undefined;
  readonly before: string | undefined;
  /** How long the floor waits before it sends an event back; undefined: there is no floor. */
  readonly floorWaitMs: number | undefined;
};

const RUNTIMES: readonly VariantName[] = ['bulkhead', 'bulkhead-before', 'aws-lambda-ric'];
/** The managed image starts Node.js with 9/10 of the function's memory as the heap limit. */
const HEAP_SHARE = 0.9;

/**
 * Bulkhead, an earlier Bulkhead, the reference client as it is and with a libuv pool of one thread
 * a worker: its polls block threads of that pool, so that the default of 4 is all that it parks.
 *
 * @throws Error when `only` names something that cannot be run here.
 */
export function planConcurrent(setup: ConcurrentSetup): VariantPlan {
  const { handler, lanes, threads, memoryMb, only, before, floorWaitMs } = setup;
  const plan = planVariants(handler, before);
  const shared = {
    AWS_LAMBDA_MAX_CONCURRENCY: String(lanes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'lambda-managed-instances',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    ...(threads === undefined ? {} : { AWS_LAMBDA_NODEJS_WORKER_COUNT: String(threads) }),
  };
  const variants: Variant[] = plan.variants
    .filter(({ name }) => RUNTIMES.includes(name))
    .flatMap((variant) => (variant.name === 'aws-lambda-ric' ? withPool(variant) : [variant]));
  if (floorWaitMs !== undefined) variants.push(floor(floorWaitMs));
  const all = variants.map((variant) => ({ ...variant, env: { ...shared, ...variant.env } }));
  const chosen = all.filter(({ name }) => only === undefined || only.includes(name));
  const absent = only?.filter((name) => !chosen.some((variant) => variant.name === name)) ?? [];
  if (absent.length === 0) return { variants: chosen, missing: plan.missing };
  const why = plan.missing.join('; ') || 'no such name';
  throw new Error(`Cannot run "${absent.join(', ')}": ${why}`);
}

/** The heap limit of the managed image, which a handler that fills its heap meets. */
export function withManagedHeap(variant: Variant, memoryMb: number): Variant {
  if (!variant.name.startsWith('aws-lambda-ric')) return variant;
  const limit = `--max-old-space-size=${Math.round(memoryMb * HEAP_SHARE)}`;
  return { ...variant, argv: [limit, ...variant.argv] };
}

function withPool(reference: Variant): Variant[] {
  return [
    reference,
    {
      ...reference,
      name: 'aws-lambda-ric-pool',
      title: `${reference.title}, UV_THREADPOOL_SIZE=64`,
      env: { ...reference.env, UV_THREADPOOL_SIZE: '64' },
    },
  ];
}

function floor(waitMs: number): Variant {
  return {
    name: 'floor',
    title: 'Floor (no runtime)',
    argv: [resolve(import.meta.dirname, '../null-lanes.mjs')],
    env: { BENCH_WAIT_MS: String(waitMs) },
    answers: 'verbatim',
  };
}
