// Runs every variant in every round, in an order that turns by one each round, so that whatever
// else the machine does meets all variants alike.
import { rotated } from '../support/rotated.ts';
import type { Variant, VariantName } from '../support/variants.ts';
import {
  type ColdStart,
  type LoopPlan,
  measureColdStart,
  measureWarmRound,
  type WarmRun,
} from './measure.ts';

export type Experiment = {
  readonly node: string;
  readonly variants: readonly Variant[];
  readonly coldStarts: number;
  readonly rounds: number;
  readonly loops: readonly LoopPlan[];
  /** Told what is being done, for whoever waits. */
  readonly onProgress: (text: string) => void;
};

/** One entry per round; the same index in two variants is the same round. */
export type Samples = {
  readonly variant: Variant;
  readonly coldStarts: readonly ColdStart[];
  readonly warmRuns: readonly WarmRun[];
};

export type ColdExperiment = Pick<Experiment, 'node' | 'variants' | 'coldStarts' | 'onProgress'>;
export type ColdSamples = Pick<Samples, 'variant' | 'coldStarts'>;

export async function runExperiment(experiment: Experiment): Promise<Samples[]> {
  const { node, variants, rounds, loops, onProgress } = experiment;
  const cold = await runColdStarts(experiment);
  const warm = new Map<VariantName, WarmRun[]>(variants.map(({ name }) => [name, []]));
  await warmUpServer(experiment);
  for (let round = 0; round < rounds; round += 1) {
    onProgress(`warm loops, round ${round + 1} of ${rounds}`);
    const inOrder = rotated(variants, round);
    const runs = await measureWarmRound({ node, variants: inOrder, loops });
    for (const [name, run] of runs) warm.get(name)?.push(run);
  }
  return cold.map((samples) => ({ ...samples, warmRuns: warm.get(samples.variant.name) ?? [] }));
}

export async function runColdStarts(experiment: ColdExperiment): Promise<ColdSamples[]> {
  const { node, variants, coldStarts, onProgress } = experiment;
  const starts = new Map<VariantName, ColdStart[]>(variants.map(({ name }) => [name, []]));
  // The first start of each reads its files from the disk: it is made, checked, and not counted.
  for (const variant of variants) await measureColdStart(node, variant);
  for (let round = 0; round < coldStarts; round += 1) {
    onProgress(`cold starts, round ${round + 1} of ${coldStarts}`);
    for (const variant of rotated(variants, round)) {
      starts.get(variant.name)?.push(await measureColdStart(node, variant));
    }
  }
  return variants.map((variant) => ({ variant, coldStarts: starts.get(variant.name) ?? [] }));
}

/** The server is compiled while it runs, like any JavaScript; nobody is to pay for that. */
async function warmUpServer({ node, variants, loops }: Experiment): Promise<void> {
  const cheapest = variants.at(-1);
  if (cheapest !== undefined) await measureWarmRound({ node, variants: [cheapest], loops });
}
