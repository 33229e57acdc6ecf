// The command lines of the benches with several events at once. A preset, and single numbers.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { count } from '../support/count.ts';

/** As the reference client counts them where it can read how many processors there are. */
const THREADS_PER_CPU = 8;

export type Preset = 'full' | 'quick' | 'smoke';

export type ConcurrentOptions = {
  readonly preset: Preset;
  readonly node: string;
  readonly only: readonly string[] | undefined;
  readonly before: string | undefined;
  /** What Lambda's own rule gives where the control group tells the processors: 8 for each. */
  readonly threads: number;
  readonly isWriting: boolean;
  readonly print: 'text' | 'markdown' | 'json';
  readonly isHelp: boolean;
  /** The numbers of this bench that were given, by name. */
  readonly numbers: Readonly<Record<string, number | undefined>>;
};

export const sharedUsage = `  --quick            fewer and shorter rounds: under a minute
  --smoke            once around, to see that it works: no figures to keep
  --threads=N        AWS_LAMBDA_NODEJS_WORKER_COUNT for all; by default 8 for each processor
  --node=PATH        the Node.js that runs the variants; by default the one that runs this
  --before=PATH      another checkout of this project, built: it is run as well
  --write            also writes JSON and a plot (SVG) to bench/results/
  --markdown         prints Markdown instead
  --json             prints the whole result as JSON instead
`;

/** @param names the numbers that this bench takes, as in `--rounds=3`. */
export function parseConcurrentOptions(
  argv: readonly string[],
  names: readonly string[],
): ConcurrentOptions {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    allowPositionals: false,
    options: {
      quick: { type: 'boolean' },
      smoke: { type: 'boolean' },
      threads: { type: 'string' },
      node: { type: 'string' },
      only: { type: 'string' },
      before: { type: 'string' },
      write: { type: 'boolean' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' } as const])),
    },
  });
  const given = values as Readonly<Record<string, string | undefined>>;
  return {
    preset: values.smoke === true ? 'smoke' : values.quick === true ? 'quick' : 'full',
    node: values.node ?? process.execPath,
    only: values.only?.split(','),
    before: values.before,
    threads: count('threads', values.threads) ?? THREADS_PER_CPU * availableParallelism(),
    isWriting: values.write === true,
    print: values.json === true ? 'json' : values.markdown === true ? 'markdown' : 'text',
    isHelp: values.help === true,
    numbers: Object.fromEntries(names.map((name) => [name, count(name, given[name])])),
  };
}
