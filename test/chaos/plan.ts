// What a seed does, invocation by invocation: a pure function of the seed, so that it can be done
// again. What comes of it depends on the machine as well; the oracle knows all that may.
import type { Endpoint, Fault, FaultRule } from '../../src/emulator/emulator.ts';
import type { FaultRow, When } from '../fault/matrix/fault-row.ts';
import { FAULTS } from '../fault/matrix/faults.ts';
import { seededRandom } from '../sim/sim-clock.ts';

export type Step = {
  readonly index: number;
  /** A row of the fault matrix; undefined: a healthy event. */
  readonly row: FaultRow | undefined;
  /** Pause before the event, ms. */
  readonly pauseMs: number;
  /** How long a healthy handler takes, ms. */
  readonly workMs: number;
  /** What the Runtime API does wrong from here on, each once. */
  readonly api: readonly FaultRule[];
};

/** Faults that leave the thread as they found it, or end it. What patches a thread or closes its
 * output changes what later faults do, which would be nobody's failure. */
const QUICK = [
  'throws',
  'throws-in-timer',
  'unhandled-rejection',
  'exit-zero',
  'exit-one',
  'stack-overflow',
  'abort',
  'chdir',
  'never-settles',
  'result-bigint',
  'result-circular',
  'result-function',
  'result-too-large',
];
/** Faults that take as long as the function may. */
const SLOW = [
  'busy-loop',
  'waits-forever',
  'regex-bomb',
  'microtask-storm',
  'atomics-wait',
  'sync-crypto',
  'child-sleeps',
  'stdout-flood',
];
const KILLING = ['sigkill', 'sigsegv', 'sigabrt'];

/** Shares of all invocations; the rest is healthy. */
const SHARES: readonly { readonly share: number; readonly names: readonly string[]; when: When }[] =
  [
    { share: 0.1, names: QUICK, when: 'during' },
    { share: 0.02, names: ['throws-in-timer', 'unhandled-rejection', 'exit-one'], when: 'after' },
    { share: 0.02, names: SLOW, when: 'during' },
    { share: 0.005, names: ['busy-loop', 'atomics-wait', 'microtask-storm'], when: 'after' },
    { share: 0.01, names: KILLING, when: 'during' },
  ];
const API_SHARE = 0.06;

/** Short enough that an answer that was on time is still on time behind them. */
const DELAY_MS_MAX = 25;
const PAUSE_MS_MAX = 12;
const WORK_MS_MAX = 8;
/** Every other invocation comes without a pause, and without work. */
const IDLE_SHARE = 0.5;

export function makePlan(seed: number, invocations: number): readonly Step[] {
  const random = seededRandom(seed);
  return Array.from({ length: invocations }, (_, index) => ({
    index,
    row: pickRow(random),
    pauseMs: sometimes(random, PAUSE_MS_MAX),
    workMs: sometimes(random, WORK_MS_MAX),
    api: random() < API_SHARE ? [pickRule(random)] : [],
  }));
}

function pickRow(random: () => number): FaultRow | undefined {
  let point = random();
  for (const { share, names, when } of SHARES) {
    if (point < share) return rowOf(pick(random, names), when);
    point -= share;
  }
  return undefined;
}

function rowOf(name: string, when: When): FaultRow {
  const row = FAULTS.find((one) => one.name === name && one.when === when);
  if (row === undefined) throw new Error(`Cannot plan "${name}/${when}": no such row`);
  return row;
}

function pickRule(random: () => number): FaultRule {
  const endpoint = pick<Endpoint & ('next' | 'response' | 'error')>(random, [
    'next',
    'response',
    'error',
  ]);
  return { endpoint, fault: pickFault(random, endpoint) };
}

function pickFault(random: () => number, endpoint: Endpoint): Fault {
  const statuses = endpoint === 'next' ? [403, 500] : [400, 403, 410, 413, 500];
  const faults: readonly Fault[] = [
    { kind: 'delay', ms: Math.ceil(random() * DELAY_MS_MAX) },
    { kind: 'drop' },
    { kind: 'reset-after' },
    { kind: 'garbage' },
    { kind: 'truncate', bytes: Math.floor(random() * 10) },
    { kind: 'slow', chunkBytes: 4 + Math.floor(random() * 60), pauseMs: 1 },
    toStatus(pick(random, statuses)),
  ];
  return pick(random, faults);
}

function toStatus(status: number): Fault {
  const byStatus: Record<number, string> = { 400: 'InvalidRequestID', 410: 'InvokeTimeout' };
  return { kind: 'status', status, errorType: byStatus[status] ?? 'InjectedFault' };
}

function sometimes(random: () => number, max: number): number {
  const value = Math.ceil(random() * max);
  return random() < IDLE_SHARE ? 0 : value;
}

function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('Cannot pick from nothing');
  return item;
}
