// The command line of the bench: a preset, and single numbers on top of it.
import { parseArgs } from 'node:util';
import { count } from '../support/count.ts';
import type { LoopPlan } from './measure.ts';

export type Options = {
  readonly node: string;
  readonly coldStarts: number;
  /** Of the handler that loads AWS SDK clients. */
  readonly sdkStarts: number;
  readonly rounds: number;
  readonly loops: readonly LoopPlan[];
  /** Names of the variants to run; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** Another checkout, built, that this one is compared with. */
  readonly before: string | undefined;
  readonly isWriting: boolean;
  /** Only makes of the results that are kept what is made of them. */
  readonly isRendering: boolean;
  readonly print: 'text' | 'markdown' | 'json';
  /** What goes into _HANDLER. */
  readonly handler: string;
  readonly isHelp: boolean;
};

type Preset = {
  readonly coldStarts: number;
  readonly rounds: number;
  readonly invocations: number;
  readonly warmup: number;
};

const FULL: Preset = { coldStarts: 30, rounds: 18, invocations: 4000, warmup: 1000 };
const QUICK: Preset = { coldStarts: 8, rounds: 6, invocations: 500, warmup: 1000 };
const SMOKE: Preset = { coldStarts: 1, rounds: 1, invocations: 20, warmup: 5 };

/** A start that loads AWS SDK clients takes several times as long. */
const SDK_SHARE = 1 / 2;
const KILOBYTE = 1024;

/** Larger events run less often: their loops are longer by about as much. */
const SIZES = [
  { payloadBytes: 100, share: 1, warmupShare: 1 },
  { payloadBytes: 10 * KILOBYTE, share: 1 / 8, warmupShare: 1 / 8 },
  { payloadBytes: KILOBYTE * KILOBYTE, share: 1 / 100, warmupShare: 1 / 50 },
  // The answer is as large, and has to stay below the 6,291,556 bytes that an answer may have.
  { payloadBytes: 5 * KILOBYTE * KILOBYTE, share: 1 / 400, warmupShare: 1 / 200 },
];

export const usage = `node bench/run.ts [options]
node bench/run.ts regression|flame|concurrency|noisy-neighbour|lost-threads [options]

  The first measures the cost of one invocation at a time, judges it by bench/targets.json, and is
  what the options below are of. regression compares two checkouts, flame draws where the time of
  both threads goes. The others are of Managed Instances. Each tells its own options with --help.
  Exit code 1: a target is missed.

  --quick            fewer rounds: under a minute
  --smoke            once around, to see that it works: no figures to keep
  --runs=N           cold starts of each variant; those with AWS SDK clients N/2
  --rounds=N         rounds of warm loops; each starts each variant once
  --invocations=N    invocations of 100 bytes per loop; 10 KB runs N/8, 1 MB N/100, 5 MB N/400
  --node=PATH        the Node.js that runs the variants; by default the one that runs this
  --only=A,B         of bulkhead, bulkhead-no-standby, bulkhead-none,
                     bulkhead-before, aws-lambda-ric, floor, floor-thread
  --before=PATH      another checkout of this project, built: the ratios are to it
  --commonjs         the handler as a CommonJS module; by default it is an ES module
  --write            also writes JSON, a report (HTML) and a plot (SVG) to bench/results/
  --render           measures nothing: makes README's table, reports and plots of bench/results
  --markdown         prints a Markdown table instead
  --json             prints the whole result as JSON instead
`;

export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    allowPositionals: false,
    options: {
      quick: { type: 'boolean' },
      smoke: { type: 'boolean' },
      runs: { type: 'string' },
      rounds: { type: 'string' },
      invocations: { type: 'string' },
      node: { type: 'string' },
      only: { type: 'string' },
      before: { type: 'string' },
      commonjs: { type: 'boolean' },
      write: { type: 'boolean' },
      render: { type: 'boolean' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const preset = values.smoke === true ? SMOKE : values.quick === true ? QUICK : FULL;
  const invocations = count('invocations', values.invocations) ?? preset.invocations;
  const coldStarts = count('runs', values.runs) ?? preset.coldStarts;
  return {
    node: values.node ?? process.execPath,
    coldStarts,
    sdkStarts: Math.ceil(coldStarts * SDK_SHARE),
    rounds: count('rounds', values.rounds) ?? preset.rounds,
    loops: SIZES.map(({ payloadBytes, share, warmupShare }) => ({
      payloadBytes,
      invocations: Math.max(3, Math.round(invocations * share)),
      warmup: Math.max(2, Math.round(preset.warmup * warmupShare)),
    })),
    only: values.only?.split(','),
    before: values.before,
    isWriting: values.write === true,
    isRendering: values.render === true,
    print: values.json === true ? 'json' : values.markdown === true ? 'markdown' : 'text',
    handler: values.commonjs === true ? 'echo-commonjs.handler' : 'echo.handler',
    isHelp: values.help === true,
  };
}
