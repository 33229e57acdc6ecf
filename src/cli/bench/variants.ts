// The runtimes that are compared, as options of the emulator that starts them.
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { EmulatorOptions } from '../../emulator/emulator-options.ts';
import type { FunctionOptions } from '../function-options.ts';
import type { VariantName } from './bench-result.ts';

export type Variant = {
  readonly name: VariantName;
  readonly title: string;
  readonly handler: string;
  readonly emulator: EmulatorOptions;
};

export type VariantPlan = {
  readonly variants: readonly Variant[];
  /** Bulkhead once more, which tells of its start and of each invocation; it is not timed. */
  readonly reporter: Variant;
  readonly missing: readonly string[];
};

const REFERENCE = 'aws-lambda-ric';

/** Bulkhead, Bulkhead without isolation, and the reference client where the function has it. */
export function planVariants(handler: string, options: FunctionOptions, root: string): VariantPlan {
  const { timeoutMs, memoryMb } = options;
  // All are alive at the same time, and what one of them is asked for alone is not for the others.
  const env = { ...options.env, BULKHEAD_METRICS_PORT: undefined, BULKHEAD_REPORT: undefined };
  const base = { handler, root, timeoutMs, memoryMb, env };
  const own = (more: Readonly<Record<string, string>>): EmulatorOptions => ({
    ...base,
    env: { ...env, ...more },
  });
  const bulkhead: Variant = { name: 'bulkhead', title: 'Bulkhead', handler, emulator: base };
  const withoutIsolation: Variant = {
    name: 'bulkhead-none',
    title: 'without isolation',
    handler,
    emulator: own({ BULKHEAD_ISOLATION: 'none' }),
  };
  const reference = findReference(root);
  return {
    variants: [
      bulkhead,
      withoutIsolation,
      ...(reference === undefined
        ? []
        : [{ ...reference, handler, emulator: { ...base, command: reference.command } }]),
    ],
    reporter: { ...bulkhead, emulator: own({ BULKHEAD_REPORT: '1' }) },
    missing: reference === undefined ? [`${REFERENCE} is left out: it is not installed here`] : [],
  };
}

type Reference = {
  readonly name: VariantName;
  readonly title: string;
  readonly command: readonly string[];
};

/** The client that an `import` in the function's folder would find. */
function findReference(root: string): Reference | undefined {
  try {
    const file = findPackageJSON(REFERENCE, join(root, 'index.js'));
    if (file === undefined) return undefined;
    const { version, bin } = JSON.parse(readFileSync(file, 'utf8')) as {
      version: string;
      bin: Readonly<Record<string, string>>;
    };
    const entry = join(dirname(file), bin[REFERENCE] ?? 'index.mjs');
    const title = `${REFERENCE} ${version}`;
    return { name: REFERENCE, title, command: [process.execPath, entry] };
  } catch {
    // Not installed: that is not found, and thrown.
    return undefined;
  }
}
