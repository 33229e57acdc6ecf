// Starts one of the benches. Without a name it is the one of one event at a time, bench/cost, as is
// the comparison of two commits; those of several events at once are bench/concurrent.
import { runConcurrency } from './concurrent/concurrency.ts';
import { runLostThreads } from './concurrent/lost-threads.ts';
import { runNoisyNeighbour } from './concurrent/noisy-neighbour.ts';
import { runFlame } from './cost/flame.ts';
import { runRegression } from './cost/regression.ts';
import { runCost } from './cost/run-cost.ts';

/** By the name on the command line. */
const others: Readonly<Record<string, (argv: readonly string[]) => Promise<void>>> = {
  regression: runRegression,
  flame: runFlame,
  concurrency: runConcurrency,
  'noisy-neighbour': runNoisyNeighbour,
  'lost-threads': runLostThreads,
};

try {
  await runNamed(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function runNamed(argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || name.startsWith('-')) return runCost(argv);
  const run = others[name];
  if (run !== undefined) return run(rest);
  const names = Object.keys(others).join(', ');
  throw new Error(`Cannot run the bench "${name}": there are ${names}, and one without a name`);
}
