// The variants of the cold start that loads AWS SDK clients: with a compile cache and without. Ours
// is made by `bulkhead warm`; the reference client has none of its own, so beside what its users
// have there is one that Node.js keeps for it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makePayload } from '../support/payload.ts';
import { startRuntime } from '../support/runtime-process.ts';
import { benchRoot, type Variant, type VariantPlan } from '../support/variants.ts';

const HANDLER = 'sdk.handler';
const HANDLERS = join(benchRoot, 'handlers');
const PACKAGES = ['@aws-sdk/client-dynamodb', '@aws-sdk/client-s3', 'pino'];
/** What the command line exits with when it does not know a command. */
const EXIT_USAGE = 2;
const WARM_MS_MAX = 60_000;

/**
 * @param variants those of the plan; the floors, which load nothing, are left out.
 * @param folder an empty one, for the caches.
 */
export async function planSdk(
  node: string,
  variants: readonly Variant[],
  folder: string,
): Promise<VariantPlan> {
  const absent = PACKAGES.filter((name) => !existsSync(join(benchRoot, 'node_modules', name)));
  if (absent.length > 0) {
    const missing = `The start with AWS SDK clients is left out: there is no ${absent.join(', ')}`;
    return { variants: [], missing: [`${missing}; run npm run bench:reference`] };
  }
  const planned: Variant[] = [];
  const missing: string[] = [];
  for (const variant of variants.map(withHandler)) {
    const cache = join(folder, variant.name);
    if (variant.name === 'bulkhead') {
      if (warm(node, variant, cache)) planned.push(bulkheadWarmed(variant, cache));
      else missing.push('Bulkhead has no compile cache here: its command line has no "warm" yet');
      planned.push({ ...variant, name: 'bulkhead-uncached', title: 'Bulkhead, no cache' });
    } else if (variant.name === 'aws-lambda-ric') {
      const cached = referenceCached(variant, cache);
      await keepCache(node, cached);
      planned.push(variant, cached);
    }
  }
  return { variants: planned, missing };
}

function withHandler(variant: Variant): Variant {
  return { ...variant, env: { ...variant.env, _HANDLER: HANDLER } };
}

function bulkheadWarmed(variant: Variant, cache: string): Variant {
  const env = { ...variant.env, BULKHEAD_COMPILE_CACHE: cache };
  return { ...variant, title: 'Bulkhead, warmed', env };
}

function referenceCached(variant: Variant, cache: string): Variant {
  return {
    ...variant,
    name: 'aws-lambda-ric-cached',
    title: `${variant.title}, Node's cache`,
    env: { ...variant.env, NODE_COMPILE_CACHE: cache },
  };
}

/** False for a Bulkhead whose command line does not have it. */
function warm(node: string, { argv: [cli = ''] }: Variant, cache: string): boolean {
  const { status, stderr } = spawnSync(node, [cli, 'warm', HANDLER, '--out', cache], {
    cwd: HANDLERS,
    env: { PATH: process.env['PATH'] ?? '', LAMBDA_TASK_ROOT: HANDLERS, AWS_REGION: 'us-east-1' },
    encoding: 'utf8',
    timeout: WARM_MS_MAX,
  });
  if (status === 0) return true;
  if (status === EXIT_USAGE) return false;
  throw new Error(`Cannot warm "${HANDLER}": exit code ${status}\n${stderr}`);
}

/** Serves one event, so that all is loaded, and then has Node.js write its cache. */
async function keepCache(node: string, variant: Variant): Promise<void> {
  const preload = join(benchRoot, 'keep-compile-cache.mjs');
  const runtime = await startRuntime({
    node,
    variant: { ...variant, argv: ['--import', preload, ...variant.argv] },
    lifeMsMax: WARM_MS_MAX,
  });
  try {
    const payload = makePayload(100);
    const { wrongAnswers, firstProblem } = await runtime.api.serve({
      payload,
      count: 1,
      answers: variant.answers,
    });
    if (wrongAnswers > 0) throw new Error(`Cannot warm "${variant.title}": ${firstProblem}`);
    await runtime.end();
  } finally {
    await runtime.stop();
  }
}
