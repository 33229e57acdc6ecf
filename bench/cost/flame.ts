// Question: on what do the runtime's threads spend their time under load? Runs the sources, so that
// the frames have the names of their files, and draws the profile of each thread.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CpuProfile, renderFlameGraph } from '../report/flame-graph.ts';
import { nowUs } from '../support/loop-run.ts';
import { readOrigin } from '../support/machine.ts';
import { makePayload } from '../support/payload.ts';
import { startRuntime } from '../support/runtime-process.ts';
import { writeFile } from './kept-results.ts';

const THREADS = ['supervisor', 'worker'] as const;
const COUNT = 20_000;
const WARMUP = 2000;
const SAMPLE_US = 100;
const PAYLOAD_BYTES = 100;
const LIFE_MS_MAX = 300_000;

const TEXT = { type: 'string' } as const;

const usage = `node bench/run.ts flame [--count=N] [--out=DIR]

  Serves N events of 100 bytes, one after the other (default ${COUNT}), and writes a flame graph of
  the supervisor's thread and of the worker's to DIR (default bench/results).
`;

export async function runFlame(argv: readonly string[]): Promise<void> {
  const options = { count: TEXT, out: TEXT, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...argv], options });
  if (values.help === true) {
    process.stdout.write(usage);
    return;
  }
  const count = Number(values.count ?? COUNT);
  if (!Number.isInteger(count) || count < 1) {
    throw new Error(`Cannot use --count=${values.count}: it accepts a whole number from 1 up`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-flame-'));
  try {
    const fromUs = await serve(folder, count);
    const origin = readOrigin(process.execPath);
    THREADS.forEach((thread, id) => {
      const subtitle =
        `${count} events of ${PAYLOAD_BYTES} bytes one after the other, idle time left out; ` +
        `Node ${origin.node}, commit ${origin.commit}`;
      const title = `The ${thread}'s thread under load`;
      const name = `flame-${thread}-node-${origin.node.slice(1)}.svg`;
      const graph = renderFlameGraph(since(fromUs, profileOf(folder, id)), title, subtitle);
      writeFile(name, graph, values.out);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The time at which the runtime was warm. */
async function serve(folder: string, count: number): Promise<number> {
  const profiling = ['--cpu-prof', `--cpu-prof-interval=${SAMPLE_US}`, `--cpu-prof-dir=${folder}`];
  const runtime = await startRuntime({
    node: process.execPath,
    lifeMsMax: LIFE_MS_MAX,
    variant: {
      name: 'bulkhead-no-standby',
      title: 'Bulkhead, profiled',
      argv: [...profiling, resolve(import.meta.dirname, '../../src/cli.ts'), 'start'],
      env: { _HANDLER: 'echo.handler', BULKHEAD_STANDBY: '0' },
      answers: 'handled',
    },
  });
  try {
    const payload = makePayload(PAYLOAD_BYTES);
    await runtime.api.serve({ payload, count: WARMUP, answers: 'handled' });
    const warmAtUs = nowUs();
    await runtime.api.serve({ payload, count, answers: 'handled' });
    await runtime.end();
    return warmAtUs;
  } finally {
    await runtime.stop();
  }
}

/** Both clocks are the system's monotonic one. */
function since(fromUs: number, profile: CpuProfile): CpuProfile {
  let atUs = profile.startTime;
  const first = profile.timeDeltas.findIndex((deltaUs) => {
    atUs += deltaUs;
    return atUs >= fromUs;
  });
  if (first < 0) throw new Error('Cannot draw a profile: it ends before the runtime was warm');
  const samples = profile.samples.slice(first);
  return { ...profile, samples, timeDeltas: profile.timeDeltas.slice(first) };
}

/** @param threadId Node puts it into the name of the file; 0 is the main thread. */
function profileOf(folder: string, threadId: number): CpuProfile {
  const file = readdirSync(folder).find((name) => name.split('.')[4] === String(threadId));
  if (file === undefined) throw new Error(`Cannot draw thread ${threadId}: it left no profile`);
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}
