// Question: what does the guardian cost, at the start and per invocation?
// Starts Bulkhead with and without it by turns: spawn to first poll, processor time of all its
// processes until the first answer (Linux), then a warm loop.
//   node bench/guardian.ts [RUNS] [NODE] [SHELL...]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { quantile, ratioOf } from '../src/cli/bench/statistics.ts';
import { ApiServer } from './support/api-server.ts';
import { nowUs } from './support/loop-run.ts';
import { readOrigin } from './support/machine.ts';
import { makePayload } from './support/payload.ts';
import { runtimeEnvironment, type Variant } from './support/variants.ts';

type Run = { readonly firstPollMs: number; readonly startCpuMs: number; readonly loopUs: number };

const RUNS = 40;
const INVOCATIONS = 300;
const WARM_UP = 100;
const dist = resolve(import.meta.dirname, '../dist/src');

const [runs = String(RUNS), node = process.execPath, ...shell] = process.argv.slice(2);
const HANDLER = 'echo.handler';
const commands: Readonly<Record<'start' | 'guarded', readonly string[]>> = {
  start: [node, resolve(dist, 'cli.js'), 'start'],
  guarded: [...shell, resolve(dist, 'guardian/bootstrap.sh')],
};

const start: Run[] = [];
const guarded: Run[] = [];
for (let run = -1; run < Number(runs); run += 1) {
  const inTurn = run % 2 === 0 ? (['start', 'guarded'] as const) : (['guarded', 'start'] as const);
  for (const name of inTurn) {
    const result = await measure(commands[name]);
    // The first start of each reads its files from the disk: it is not counted.
    if (run >= 0) (name === 'start' ? start : guarded).push(result);
  }
}

const { machine, node: version, commit } = readOrigin(node);
process.stdout.write(
  `Node.js ${version}, ${machine.cpu}, ${machine.cores} cores, load ${machine.load}, ` +
    `commit ${commit}, ${runs} runs each\n`,
);
report('spawn to first poll, ms', 'firstPollMs');
report('processor time until the first answer, ms', 'startCpuMs');
report('warm loop, 100 B event, µs', 'loopUs');

/** On a busy machine the fastest tenth says more of the cost than the median does. */
function report(title: string, figure: keyof Run): void {
  const [with_ = [], without = []] = [guarded, start].map((list) => list.map((run) => run[figure]));
  const { ratio, low, high } = ratioOf(with_, without);
  const at = (share: number): string =>
    `${quantile(with_, share).toFixed(1)} and ${quantile(without, share).toFixed(1)}`;
  process.stdout.write(
    `${title}, with and without the guardian: median ${at(0.5)}, fastest tenth ${at(0.1)}; ` +
      `ratio of the medians ${ratio.toFixed(3)} [${low.toFixed(3)}–${high.toFixed(3)}]\n`,
  );
}

async function measure([program = '', ...args]: readonly string[]): Promise<Run> {
  const api = await ApiServer.listen();
  const variant: Variant = {
    name: 'bulkhead',
    title: program,
    argv: args,
    env: { NODE: node, _HANDLER: HANDLER },
    answers: 'handled',
  };
  const env = runtimeEnvironment(variant, api.address);
  const spawnedUs = nowUs();
  // A group of its own: the guardian and what it guards end together.
  const child = spawn(program, args, {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  child.once('exit', (code, signal) => api.fail(new Error(`it ended with ${signal ?? code}`)));
  const payload = makePayload(100);
  try {
    await api.serve({ payload, count: 1, answers: variant.answers });
    const startCpuMs = cpuMs(child.pid ?? 0);
    await api.serve({ payload, count: WARM_UP, answers: variant.answers });
    const loop = { payload, count: INVOCATIONS, answers: variant.answers };
    const { timings, wrongAnswers, firstProblem } = await api.serve(loop);
    if (wrongAnswers > 0) throw new Error(`Cannot measure: wrong answers, first ${firstProblem}`);
    const loops = timings.map(({ sentUs, polledUs }) => polledUs - sentUs);
    const firstPollMs = ((api.firstPollUs ?? 0) - spawnedUs) / 1000;
    return { firstPollMs, startCpuMs, loopUs: quantile(loops, 0.5) };
  } finally {
    const ended = once(child, 'exit');
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
    api.close();
  }
}

/** Of a process and its children, in ms; unlike time that has passed, it knows no other load. */
function cpuMs(pid: number): number {
  const task = `/proc/${pid}/task`;
  const own = readdirSync(task).map((thread) => {
    const [ranNs] = readFileSync(`${task}/${thread}/schedstat`, 'utf8').split(' ');
    return Number(ranNs) / 1e6;
  });
  const children = readFileSync(`${task}/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [...own, ...children.map((child) => cpuMs(Number(child)))].reduce((a, b) => a + b, 0);
}
