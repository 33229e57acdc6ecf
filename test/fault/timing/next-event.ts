// `npm run test:next-event`: how soon the next event is answered after a crash or a timeout, with
// one standby, against the same event on a healthy worker; interleaved: all see one machine.
import { parseArgs } from 'node:util';
import { quantile, ratioOf } from '../../../src/cli/bench/statistics.ts';
import { runCommand, wholeNumber } from '../../support/command-line.ts';
import { becomeCalm, type FaultyFunction, startFaulty, until } from '../matrix/faulty-function.ts';

const USAGE = `npm run test:next-event -- [options]

  --rounds N          of each: healthy, after a crash, after a timeout (default 300)
`;
/** Short, but long enough to be looked at: what comes behind it is measured. */
const TIMEOUT_MS = 600;
const BEFORE = ['a healthy event', 'a crash', 'a timeout'] as const;
/** `parked`: it comes when the runtime waits for it. `at once`: the caller sends it as soon as it
 * has the answer before, so that it waits for the poll as well. */
const ARRIVALS = ['parked', 'at once'] as const;

await runCommand(main);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '300' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const rounds = wholeNumber('rounds', values.rounds);
  const tookMs = new Map<string, number[]>();
  const running = await startFaulty({
    timeoutMs: TIMEOUT_MS,
    env: { BULKHEAD_STANDBY: '1' },
  });
  try {
    await becomeCalm(running);
    for (let round = 0; round < rounds; round += 1) {
      const arrival = ARRIVALS[round % 2] ?? 'parked';
      for (const before of BEFORE) {
        const ms = await runOnce(running, before, arrival);
        const key = `${before}, ${arrival}`;
        tookMs.set(key, [...(tookMs.get(key) ?? []), ms]);
      }
    }
  } finally {
    await running.emulator.close();
  }
  report(tookMs);
  return 0;
}

/** Returns how long the event behind `before` took to its answer, ms. */
async function runOnce(
  running: FaultyFunction,
  before: (typeof BEFORE)[number],
  arrival: (typeof ARRIVALS)[number],
): Promise<number> {
  const { emulator, log } = running;
  const started = (): number => log.filter(({ line }) => line.includes('"worker_started"')).length;
  const startedBefore = started();
  const faults = { 'a healthy event': undefined, 'a crash': 'exit-one', 'a timeout': 'busy-loop' };
  const fault = faults[before];
  await emulator.invoke(fault === undefined ? {} : { fault });
  if (arrival === 'parked') await emulator.waitForPoll();
  const sentAtMs = performance.now();
  const { payload, functionError } = await emulator.invoke({});
  const tookMs = performance.now() - sentAtMs;
  if (functionError !== undefined) throw new Error(`It was told ${JSON.stringify(payload)}`);
  // The standby has to be there again.
  if (fault !== undefined) await until(running, () => started() > startedBefore);
  log.length = 0;
  await emulator.waitForPoll();
  return tookMs;
}

function report(tookMs: ReadonlyMap<string, readonly number[]>): void {
  for (const arrival of ARRIVALS) {
    process.stdout.write(`the next event comes ${arrival}:\n`);
    const base = tookMs.get(`a healthy event, ${arrival}`) ?? [];
    for (const before of BEFORE) {
      const figures = tookMs.get(`${before}, ${arrival}`) ?? [];
      const p50 = quantile(figures, 0.5).toFixed(2);
      const p99 = quantile(figures, 0.99).toFixed(2);
      const { ratio, low, high } = ratioOf(figures, base);
      process.stdout.write(
        `  after ${before.padEnd(16)} n=${figures.length}  p50 ${p50} ms, p99 ${p99} ms; ` +
          `p50 to healthy ${ratio.toFixed(2)} [${low.toFixed(2)}–${high.toFixed(2)}], ` +
          `p99 to healthy ${(quantile(figures, 0.99) / quantile(base, 0.99)).toFixed(2)}\n`,
      );
    }
  }
}
