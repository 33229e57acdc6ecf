// The programs that are compared, and why one of them cannot be measured here.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AnswerKind } from './payload.ts';
import { referenceEntry, referenceProblem } from './reference.ts';

export type VariantName =
  | 'bulkhead'
  | 'bulkhead-no-standby'
  | 'bulkhead-none'
  | 'bulkhead-before'
  | 'aws-lambda-ric'
  | 'aws-lambda-ric-pool'
  | 'aws-lambda-ric-http'
  | 'floor'
  | 'floor-thread'
  | 'bulkhead-uncached'
  | 'aws-lambda-ric-cached';

export type Variant = {
  readonly name: VariantName;
  readonly title: string;
  /** What is run with `argv`, and finds Node.js in NODE; undefined: Node.js itself. */
  readonly program?: string | undefined;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly answers: AnswerKind;
};

export type VariantPlan = {
  readonly variants: readonly Variant[];
  /** One sentence for each variant that is left out. */
  readonly missing: readonly string[];
};

export const benchRoot: string = resolve(import.meta.dirname, '..');
const cliPath = resolve(benchRoot, '../dist/src/cli.js');

/**
 * All variants that exist on this machine; the floors always do, and come last.
 *
 * @param before another checkout, built, to compare this one with.
 */
export function planVariants(handler: string, before: string | undefined): VariantPlan {
  const variants: Variant[] = [];
  const missing: string[] = [];
  if (existsSync(cliPath)) {
    variants.push(bulkhead('bulkhead', 'Bulkhead', {}));
    variants.push(
      bulkhead('bulkhead-no-standby', 'Bulkhead, no standby', { BULKHEAD_STANDBY: '0' }),
    );
    variants.push(
      bulkhead('bulkhead-none', 'Bulkhead, isolation none', { BULKHEAD_ISOLATION: 'none' }),
    );
  } else {
    missing.push('Bulkhead is left out: dist/src/cli.js is missing; run npm run build');
  }
  if (before !== undefined) {
    const path = resolve(before, 'dist/src/cli.js');
    if (!existsSync(path)) throw new Error(`Cannot use --before=${before}: there is no ${path}`);
    variants.push(bulkhead('bulkhead-before', 'Bulkhead before', {}, path));
  }
  const problem = referenceProblem();
  if (problem === undefined) variants.push(reference());
  else missing.push(`The reference is left out: ${problem}; run npm run bench:reference`);
  variants.push(floor('floor-thread', 'Floor with a thread', 'null-thread.mjs'));
  variants.push(floor('floor', 'Floor (no runtime)', 'null-client.mjs'));
  const env = { _HANDLER: handler };
  return {
    variants: variants.map((variant) => ({ ...variant, env: { ...env, ...variant.env } })),
    missing,
  };
}

/** The environment that Lambda gives a runtime, and nothing of the shell's but PATH. */
export function runtimeEnvironment(variant: Variant, address: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    AWS_LAMBDA_RUNTIME_API: address,
    LAMBDA_TASK_ROOT: resolve(benchRoot, 'handlers'),
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bench',
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]bench',
    ...variant.env,
  };
}

function bulkhead(
  name: VariantName,
  title: string,
  env: Readonly<Record<string, string>>,
  path: string = cliPath,
): Variant {
  return { name, title, argv: [path, 'start'], env, answers: 'handled' };
}

function reference(): Variant {
  const argv = [referenceEntry];
  return {
    name: 'aws-lambda-ric',
    title: 'aws-lambda-ric 4.0.2',
    argv,
    env: {},
    answers: 'handled',
  };
}

function floor(name: VariantName, title: string, file: string): Variant {
  return { name, title, argv: [resolve(benchRoot, file)], env: {}, answers: 'verbatim' };
}
