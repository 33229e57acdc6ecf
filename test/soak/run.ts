// `npm run soak`: minutes of steady load with 1 % faults; what the process holds must stay flat.
import { createWriteStream, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readOrigin } from '../../bench/support/machine.ts';
import { becomeCalm, startFaulty } from '../fault/matrix/faulty-function.ts';
import { readFootprint } from '../fault/matrix/probe.ts';
import { positiveNumber, runCommand } from '../support/command-line.ts';
import { type LoadCounts, runLoad } from './load.ts';
import { type Growth, growthLine, growthOf, MEASURES, type SoakSample } from './measures.ts';
import { renderPlot } from './plot.ts';

const USAGE = `npm run soak -- [options]

  --minutes N         of load, warm-up included (default 10)
  --per-second N      invocations (default 50)
  --faults SHARE      share of faults, from 0 to 1 (default 0.01)
  --write             writes JSON and a plot (SVG) to bench/results
`;
const PROBE = join(import.meta.dirname, '../fixtures/soak/heap-probe.cjs');
const RESULTS = join(import.meta.dirname, '../../bench/results');
const SAMPLE_MS = 1000;
/** Part of the time in which caches fill and code is compiled; not part of the slopes. */
const WARM_UP_SHARE = 0.15;
const SEED = 1;
const MEGABYTE = 1024 * 1024;

await runCommand(main);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      'per-second': { type: 'string', default: '50' },
      faults: { type: 'string', default: '0.01' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const minutes = positiveNumber('minutes', values.minutes, 1000);
  const perSecond = positiveNumber('per-second', values['per-second'], 10_000);
  const faultShare = positiveNumber('faults', values.faults, 1);
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-soak-'));
  const heapFile = join(folder, 'heap.json');
  const logFile = join(folder, 'soak.log');
  const logStream = createWriteStream(logFile);
  const running = await startFaulty(
    // As the guardian sets it (docs/adr/0012-memory.md).
    { env: { SOAK_HEAP_FILE: heapFile, MALLOC_ARENA_MAX: '1' } },
    {
      nodeOptions: ['--require', PROBE],
      onLine: ({ line, source }) => logStream.write(`${source}: ${line}\n`),
    },
  );
  process.stdout.write(`${minutes} min, ${perSecond} a second, log in ${logFile}\n`);
  const samples: SoakSample[] = [];
  const counts: LoadCounts = { invocations: 0, faults: new Map() };
  try {
    const { facts } = await becomeCalm(running);
    const beganAtMs = performance.now();
    const sinceMinutes = (): number => (performance.now() - beganAtMs) / 60_000;
    let hasFailed = false;
    const isOver = (): boolean => hasFailed || sinceMinutes() >= minutes;
    const load = runLoad(running, { seed: SEED, perSecond, faultShare, isOver }, counts);
    load.catch(() => {
      hasFailed = true;
    });
    while (!isOver()) {
      await wait(SAMPLE_MS);
      const warm = sinceMinutes() - minutes * WARM_UP_SHARE;
      if (warm < 0 || isOver()) continue;
      samples.push(toSample(facts.pid, heapFile, sinceMinutes(), counts.invocations));
      tick(samples.at(-1));
    }
    await load;
  } finally {
    await running.emulator.close();
    logStream.end();
  }
  const words = `${minutes} min, ${perSecond} a second`;
  const growths = report(samples, counts);
  if (values.write) write(samples, growths, counts, words);
  return growths.some(({ isTooMuch }) => isTooMuch) ? 1 : 0;
}

function toSample(pid: number, heapFile: string, minutes: number, invocations: number): SoakSample {
  const footprint = readFootprint(pid);
  if (footprint === undefined) throw new Error(`Cannot go on: process ${pid} has ended`);
  const { threads, descriptors, children, rssMb } = footprint;
  const { heapBytes, externalBytes } = JSON.parse(readFileSync(heapFile, 'utf8'));
  return {
    minutes,
    invocations,
    threads,
    descriptors,
    children,
    rssMb,
    heapMb: heapBytes / MEGABYTE,
    externalMb: externalBytes / MEGABYTE,
  };
}

function report(samples: readonly SoakSample[], counts: LoadCounts): readonly Growth[] {
  const growths = MEASURES.map((measure) => growthOf(samples, measure));
  const faults = [...counts.faults.values()].reduce((sum, one) => sum + one, 0);
  process.stdout.write(
    `\n${counts.invocations} invocations, ${faults} of them faults, ${samples.length} samples\n`,
  );
  for (const [id, times] of [...counts.faults].sort()) {
    process.stdout.write(`  ${String(times).padStart(5)}  ${id}\n`);
  }
  for (const growth of growths) process.stdout.write(`${growthLine(growth)}\n`);
  return growths;
}

function write(
  samples: readonly SoakSample[],
  growths: readonly Growth[],
  counts: LoadCounts,
  words: string,
): void {
  const origin = readOrigin(process.execPath);
  const takenAt = new Date().toISOString();
  const name = `${takenAt.slice(0, 10)}-soak-node-${origin.node.replace(/^v/, '')}`;
  const load = { words, ...counts, faults: Object.fromEntries(counts.faults) };
  const result = { schema: 1, takenAt, origin, load, growths, samples };
  const subtitle = `Node ${origin.node}, ${origin.machine.cpu}, ${words}, ${counts.invocations} invocations`;
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(join(RESULTS, `${name}.svg`), renderPlot(samples, growths, subtitle));
  process.stdout.write(`Wrote bench/results/${name}.json and .svg\n`);
}

function tick(sample: SoakSample | undefined): void {
  if (!process.stderr.isTTY || sample === undefined) return;
  const { minutes, threads, descriptors, rssMb } = sample;
  const text = `${minutes.toFixed(1)} min, ${threads} threads, ${descriptors} descriptors`;
  process.stderr.write(`\r\u001b[2K${text}, ${rssMb} MB`);
}
