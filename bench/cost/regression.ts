// Question: is this commit slower than another one? Both are measured in one interleaved run, and
// only what is slower by more than a tolerance, with the whole interval, counts.
import { parseArgs } from 'node:util';
import { showProgress } from '../../src/cli/bench/show-progress.ts';
import { textTable } from '../../src/cli/bench/tables.ts';
import { intervalText } from '../report/target-words.ts';
import { count } from '../support/count.ts';
import { planVariants } from '../support/variants.ts';
import { runExperiment } from './experiment.ts';
import { ROUNDS_MIN } from './judge.ts';
import { compare, type MetricKey } from './metrics.ts';

type Guarded = MetricKey & { readonly measure: string; readonly tolerance: number };

const BYTES = 100;
/**
 * Two commits with the same runtime gave 0.98–1.03, 0.95–1.06 and 0.82–1.03 in four runs; during
 * three of them other programs kept the machine busy. No interval began above 0.98.
 */
const GUARDED: readonly Guarded[] = [
  { measure: 'warm loop, p50', metric: 'loopP50', payloadBytes: BYTES, tolerance: 0.1 },
  { measure: 'processor time per invocation', metric: 'cpu', payloadBytes: BYTES, tolerance: 0.1 },
  { measure: 'cold start to the first poll', metric: 'firstPoll', tolerance: 0.15 },
];
const ROUNDS = 16;
const COLD_STARTS = 30;
const INVOCATIONS = 500;
const WARMUP = 500;

const usage = `node bench/run.ts regression --before=PATH [options]

  Exit code 1: this checkout is slower than the one at PATH, built, by more than the tolerance.

  --rounds=N         rounds of warm loops; ${ROUNDS} by default
  --runs=N           cold starts of each; ${COLD_STARTS} by default
  --node=PATH        the Node.js that runs both; by default the one that runs this
`;

export async function runRegression(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    allowPositionals: false,
    options: {
      before: { type: 'string' },
      node: { type: 'string' },
      rounds: { type: 'string' },
      runs: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true || values.before === undefined) {
    process.stdout.write(usage);
    if (values.help !== true) process.exitCode = 1;
    return;
  }
  const { variants, missing } = planVariants('echo.handler', values.before);
  const compared = variants.filter(({ name }) => ['bulkhead', 'bulkhead-before'].includes(name));
  if (compared.length < 2) throw new Error(`Cannot compare the two: ${missing.join('; ')}`);
  const coldStarts = count('runs', values.runs) ?? COLD_STARTS;
  const rounds = count('rounds', values.rounds) ?? ROUNDS;
  const measured = await runExperiment({
    node: values.node ?? process.execPath,
    variants: compared,
    coldStarts,
    rounds,
    loops: [{ payloadBytes: BYTES, invocations: INVOCATIONS, warmup: WARMUP }],
    onProgress: showProgress,
  });
  showProgress('');
  const rows = GUARDED.map((guarded) => {
    const { metric, tolerance } = guarded;
    const ratio = compare({ variants: measured, sdk: [] }, 'bulkhead', 'bulkhead-before', guarded);
    if (ratio === undefined) throw new Error(`Cannot compare "${guarded.measure}": no figures`);
    const isEnough = (metric === 'firstPoll' ? coldStarts : rounds) >= ROUNDS_MIN;
    return { ...guarded, ...ratio, isSlower: isEnough && ratio.low > 1 + tolerance };
  });
  const table = textTable({
    title: '',
    header: ['measure', 'ratio to before', 'at most', 'verdict'],
    rows: rows.map(({ measure, ratio, low, high, tolerance, isSlower }) => [
      measure,
      intervalText(ratio, low, high),
      (1 + tolerance).toFixed(2),
      isSlower ? 'slower' : 'ok',
    ]),
  });
  process.stdout.write(table);
  if (rows.some(({ isSlower }) => isSlower)) process.exitCode = 1;
}
