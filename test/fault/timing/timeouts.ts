// `npm run test:timeouts`: many timeouts on a machine that has other things to do. Each has to be
// answered before its deadline, by the runtime. What is measured is how long before.
import { parseArgs } from 'node:util';
import { summarise } from '../../../src/cli/bench/statistics.ts';
import { runCommand, wholeNumber } from '../../support/command-line.ts';
import {
  type FaultyFunction,
  postsFor,
  startFaulty,
  succeed,
  toText,
} from '../matrix/faulty-function.ts';
import { loadProcessors } from './processor-load.ts';

const USAGE = `npm run test:timeouts -- [options]

  --runs N            timeouts over all functions (default 1000)
  --load all|N        processes that keep a core busy each (default all: one for each core)
  --at-once N         functions at a time, each with its own runtime (default 1); there are four
                      kinds: busy or waiting, with a standby or without
`;
const TIMEOUT_MS = 1000;

type Kind = { readonly fault: string; readonly standby: number };

const KINDS: readonly Kind[] = [
  { fault: 'busy-loop', standby: 1 },
  { fault: 'busy-loop', standby: 0 },
  { fault: 'waits-forever', standby: 1 },
  { fault: 'waits-forever', standby: 0 },
];

type Tally = { readonly kind: Kind; readonly earlyMs: number[]; late: number; platform: number };

await runCommand(main);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1000' },
      load: { type: 'string', default: 'all' },
      'at-once': { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const atOnce = wholeNumber('at-once', values['at-once']);
  const runs = Math.ceil(wholeNumber('runs', values.runs) / KINDS.length);
  const load = await loadProcessors(values.load);
  process.stdout.write(
    `${runs * KINDS.length} timeouts of ${TIMEOUT_MS} ms: ${atOnce} function(s) at a time, beside ` +
      `${load.count} processes that spin\n`,
  );
  try {
    const tallies: Tally[] = [];
    const left = [...KINDS];
    const worker = async (): Promise<void> => {
      for (let kind = left.shift(); kind !== undefined; kind = left.shift()) {
        tallies.push(await runFunction(kind, runs));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return report(tallies);
  } finally {
    load.stop();
  }
}

async function runFunction(kind: Kind, runs: number): Promise<Tally> {
  const tally: Tally = { kind, earlyMs: [], late: 0, platform: 0 };
  const running = await startFaulty({
    timeoutMs: TIMEOUT_MS,
    initTimeoutMs: 60_000,
    env: { BULKHEAD_STANDBY: String(kind.standby), AWS_LAMBDA_LOG_LEVEL: 'ERROR' },
  });
  try {
    await running.emulator.waitForPoll({ timeoutMs: 60_000 });
    const { pid } = await succeed(running);
    for (let run = 0; run < runs; run += 1) {
      await timeOutOnce(running, tally, pid);
    }
  } finally {
    await running.emulator.close();
  }
  return tally;
}

async function timeOutOnce(running: FaultyFunction, tally: Tally, pid: number): Promise<void> {
  const { emulator, log } = running;
  // What the runtime is told, so that it is known here to the millisecond.
  const deadlineEpochMs = Date.now() + TIMEOUT_MS;
  const event = { fault: tally.kind.fault };
  const result = await emulator.invoke(event, { deadlineEpochMs, timeoutMs: TIMEOUT_MS });
  const after = await succeed(running);
  const { errorType } = result.payload as { readonly errorType?: string };
  if (errorType !== 'Sandbox.Timedout') {
    throw new Error(`Cannot count a timeout that is told as ${errorType}\n${toText(log)}`);
  }
  const post = postsFor(emulator, result.requestId).find(({ status }) => status === 202);
  if (post === undefined) {
    tally.platform += 1;
    return;
  }
  const earlyMs = deadlineEpochMs - post.arrivedAtEpochMs;
  tally.earlyMs.push(earlyMs);
  if (earlyMs <= 0) tally.late += 1;
  if (after.pid !== pid && tally.platform === 0) {
    throw new Error(`Cannot go on: process ${pid} has become ${after.pid}\n${toText(log)}`);
  }
}

function report(tallies: readonly Tally[]): number {
  for (const { fault, standby } of KINDS) {
    const ofKind = tallies.filter(({ kind }) => kind.fault === fault && kind.standby === standby);
    line(`${fault}, standby ${standby}`, ofKind);
  }
  line('all', tallies);
  const bad = tallies.some(({ late, platform }) => late + platform > 0);
  process.stdout.write(bad ? 'not all before the deadline\n' : 'all before the deadline\n');
  return bad ? 1 : 0;
}

function line(name: string, tallies: readonly Tally[]): void {
  const sum = (of: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  const early = tallies.flatMap(({ earlyMs }) => earlyMs);
  const { count, min, p1, p50, p99, max } = { p1: quantileOf(early, 0.01), ...summarise(early) };
  process.stdout.write(
    `${name.padEnd(26)} n=${count}  ms before the deadline: min ${min}, p1 ${p1}, p50 ${p50}, ` +
      `p99 ${p99}, max ${max}; late ${sum(({ late }) => late)}, ` +
      `answered by the platform ${sum(({ platform }) => platform)}\n`,
  );
}

function quantileOf(numbers: readonly number[], at: number): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length * at)] ?? 0;
}
