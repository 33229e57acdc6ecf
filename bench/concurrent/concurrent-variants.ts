// The programs that take several events at once, and the environment of Managed Instances.
import { dirname, resolve } from 'node:path';
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
  /** What goes into AWS_LAMBDA_NODEJS_WORKER_COUNT. */
  readonly threads: number;
  readonly memoryMb: number;
  readonly only: readonly string[] | undefined;
  readonly before: string | undefined;
  /** How long the floor waits before it sends an event back; undefined: there is no floor. */
  readonly floorWaitMs: number | undefined;
  /** The second form of the reference client that is run beside its default. */
  readonly otherReference: 'pool' | 'http';
};

const RUNTIMES: readonly VariantName[] = ['bulkhead', 'bulkhead-before', 'aws-lambda-ric'];
/** The managed image starts Node.js with 9/10 of the function's memory as the heap limit. */
const HEAP_SHARE = 0.9;

/**
 * Bulkhead, an earlier Bulkhead, the reference client as it is, and in one of two other forms.
 * `pool`: its polls block threads of libuv's pool, so that of the default 4 it parks 4; here the
 * pool is large enough. `http`: it polls by Node's own HTTP client, slower; the native one takes
 * the process with it when a thread ends that is polling (SIGABRT, an uncaught Napi::Error).
 *
 * @throws Error when `only` names something that cannot be run here.
 */
export function planConcurrent(setup: ConcurrentSetup): VariantPlan {
  const { handler, lanes, threads, memoryMb, only, before, floorWaitMs, otherReference } = setup;
  const plan = planVariants(handler, before);
  const shared = {
    AWS_LAMBDA_MAX_CONCURRENCY: String(lanes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'lambda-managed-instances',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_NODEJS_WORKER_COUNT: String(threads),
  };
  const variants: Variant[] = plan.variants
    .filter(({ name }) => RUNTIMES.includes(name))
    .flatMap((variant) =>
      variant.name === 'aws-lambda-ric'
        ? [variant, OTHERS[otherReference](variant)]
        : [asDeployed(variant)],
    );
  if (floorWaitMs !== undefined) variants.push(floor(floorWaitMs));
  const all = variants.map((variant) => ({ ...variant, env: { ...shared, ...variant.env } }));
  const chosen = all.filter(({ name }) => only === undefined || only.includes(name));
  const absent = only?.filter((name) => !chosen.some((variant) => variant.name === name)) ?? [];
  if (absent.length === 0) return { variants: chosen, missing: plan.missing };
  const why = plan.missing.join('; ') || 'no such name';
  throw new Error(`Cannot run "${absent.join(', ')}": ${why}`);
}

/** By `bulkhead-bootstrap`, which becomes Node.js here: what guarding costs is another bench's. */
function asDeployed(variant: Variant): Variant {
  const [cli = ''] = variant.argv;
  return {
    ...variant,
    program: resolve(dirname(cli), 'guardian/bootstrap.sh'),
    argv: [],
    env: { ...variant.env, BULKHEAD_GUARDIAN: 'off' },
  };
}

/** The heap limit of the managed image, which a handler that fills its heap meets. */
export function withManagedHeap(variant: Variant, memoryMb: number): Variant {
  if (!variant.name.startsWith('aws-lambda-ric')) return variant;
  const limit = `--max-old-space-size=${Math.round(memoryMb * HEAP_SHARE)}`;
  return { ...variant, argv: [limit, ...variant.argv] };
}

const OTHERS: Readonly<Record<'pool' | 'http', (reference: Variant) => Variant>> = {
  pool: (reference) => ({
    ...reference,
    name: 'aws-lambda-ric-pool',
    title: `${reference.title}, UV_THREADPOOL_SIZE=64`,
    env: { ...reference.env, UV_THREADPOOL_SIZE: '64' },
  }),
  http: (reference) => ({
    ...reference,
    name: 'aws-lambda-ric-http',
    title: `${reference.title}, HTTP client`,
    env: { ...reference.env, AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true' },
  }),
};

function floor(waitMs: number): Variant {
  return {
    name: 'floor',
    title: 'Floor (no runtime)',
    argv: [resolve(import.meta.dirname, '../null-lanes.mjs')],
    env: { BENCH_WAIT_MS: String(waitMs) },
    answers: 'verbatim',
  };
}
