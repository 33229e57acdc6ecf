// `npm run test:chaos`: seeds of random faults, and what must hold whatever they are.
import { parseArgs } from 'node:util';
import { runCommand, wholeNumber } from '../support/command-line.ts';
import type { History } from './history.ts';
import { judge, type Violation } from './oracle.ts';
import { runSeed } from './run-seed.ts';
import { addUp, totalLines } from './totals.ts';

const USAGE = `npm run test:chaos -- [options]

  --seeds A..B        the seeds (default 1..10); even ones run under the guardian
  --invocations N     invocations of each seed (default 200)
  --jobs N            seeds at a time (default 1)
`;
/** Violations of a seed that are told in full. */
const SHOWN_MAX = 5;

await runCommand(main);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1..10' },
      invocations: { type: 'string', default: '200' },
      jobs: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const seeds = toSeeds(values.seeds);
  const invocations = wholeNumber('invocations', values.invocations);
  const histories: History[] = [];
  let failures = 0;
  const left = [...seeds];
  const worker = async (): Promise<void> => {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      const history = await runSeed({ seed, invocations, isGuarded: seed % 2 === 0 });
      histories.push(history);
      const violations = judge(history);
      failures += violations.length;
      tell(history, violations, invocations);
    }
  };
  await Promise.all(Array.from({ length: wholeNumber('jobs', values.jobs) }, worker));
  process.stdout.write(`${totalLines(addUp(histories)).join('\n')}\n`);
  process.stdout.write(failures === 0 ? 'all as it has to be\n' : `${failures} violations\n`);
  return failures === 0 ? 0 : 1;
}

function tell(history: History, violations: readonly Violation[], invocations: number): void {
  const { seed, isGuarded, happened } = history;
  const how = isGuarded ? 'under the guardian' : 'alone';
  process.stdout.write(`seed ${seed}, ${how}: ${happened.length} invocations, `);
  process.stdout.write(violations.length === 0 ? 'ok\n' : `${violations.length} violations\n`);
  if (violations.length === 0) return;
  for (const { step, text } of violations.slice(0, SHOWN_MAX)) {
    const where = step === undefined ? '' : `step ${step}: `;
    process.stdout.write(`  seed ${seed}, ${where}${text}\n`);
  }
  for (const step of new Set(violations.slice(0, SHOWN_MAX).map((one) => one.step))) {
    process.stdout.write(`  around step ${step}:\n`);
    for (const line of contextOf(history, step)) process.stdout.write(`    ${line}\n`);
  }
  process.stdout.write(
    `  again: npm run test:chaos -- --seeds ${seed}..${seed} --invocations ${invocations}\n`,
  );
}

/** The log around the first violation. */
function contextOf({ happened, log }: History, step: number | undefined): string[] {
  const at = happened.find((one) => one.step.index === step)?.linesSeen ?? log.length;
  return log.slice(Math.max(0, at - 15), at + 10).map(({ line }) => line.slice(0, 300));
}

function toSeeds(text: string): readonly number[] {
  const [, from = '', to = from] = /^(\d{1,6})(?:\.\.(\d{1,6}))?$/.exec(text) ?? [];
  const count = Number(to) - Number(from) + 1;
  if (from === '' || count < 1) throw new Error(`Cannot use --seeds ${text}: it accepts A..B`);
  return Array.from({ length: count }, (_, at) => Number(from) + at);
}
