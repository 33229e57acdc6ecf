// The results of this bench in bench/results: written, read again, and which of them README shows.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { BenchResult } from './result.ts';

/** A result from before there were targets: without the figures that have been added since. */
type Schema1 = Omit<BenchResult, 'schema'> & { readonly schema: 1 };

const directory = resolve(import.meta.dirname, '../results');
/** Of the other benches the name says which. */
const NAME = /^\d{4}-\d\d-\d\d-node-[\d.]+\.json$/;

/** Without its ending: the JSON, the report and the plot of a result have the same name. */
export function nameOf({ takenAt, origin }: BenchResult): string {
  return `${takenAt.slice(0, 10)}-node-${origin.node.replace(/^v/, '')}`;
}

export function writeFile(name: string, text: string, folder: string = directory): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, text);
  process.stderr.write(`Wrote ${relative(process.cwd(), file)}\n`);
}

/** Those of the commit that was measured last, in the order of their versions of Node.js. */
export function newestResults(): BenchResult[] {
  const all = readdirSync(directory)
    .filter((name) => NAME.test(name))
    .map((name) => toCurrent(JSON.parse(readFileSync(join(directory, name), 'utf8'))))
    .sort((a, b) => b.takenAt.localeCompare(a.takenAt));
  const commit = all[0]?.origin.commit;
  const versions = new Map<string, BenchResult>();
  for (const result of all.filter(({ origin }) => origin.commit === commit)) {
    if (!versions.has(result.origin.node)) versions.set(result.origin.node, result);
  }
  const collator = new Intl.Collator('en', { numeric: true });
  return [...versions.values()].sort((a, b) => collator.compare(a.origin.node, b.origin.node));
}

function toCurrent(result: BenchResult | Schema1): BenchResult {
  if (result.schema === 2) return result;
  const [small] = result.parameters.loops;
  const memoryAfter = (small?.warmup ?? 0) + (small?.invocations ?? 0);
  return {
    ...result,
    schema: 2,
    parameters: { ...result.parameters, sdkStarts: 0, memoryAfter },
    variants: result.variants.map((variant) => ({
      ...variant,
      loops: variant.loops.map((loop) => ({ ...loop, loopP999Us: null, curve: [] })),
    })),
    sdk: [],
    targets: [],
  };
}
