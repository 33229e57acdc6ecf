// The two programs that the table is run against, and the environment that Lambda gives them.
import { fileURLToPath } from 'node:url';
import { referenceEntry, referenceProblem } from '../../../bench/support/reference.ts';
import { GUARDIAN } from '../../support/guardian.ts';
import type { ConformanceCase } from './case.ts';

export type ProgramName = 'bulkhead' | 'ric';

export type Program = {
  readonly name: ProgramName;
  readonly toCommand: (one: ConformanceCase) => readonly [string, ...string[]];
  /** Past it a process that does nothing counts as hung, ms. */
  readonly patienceMs: (one: ConformanceCase) => number;
};

/** What `npm run build` has made. */
const MAIN = fileURLToPath(new URL('../../../dist/src/cli.js', import.meta.url));
/** No case of ours hangs: only a machine that stands still needs so long. */
const OUR_PATIENCE_MS = 30_000;
const REFERENCE_PATIENCE_MS = 5000;

export const bulkhead: Program = {
  name: 'bulkhead',
  toCommand: ({ args = [], isGuarded }) =>
    isGuarded ? [GUARDIAN, ...args] : [process.execPath, MAIN, 'start', ...args],
  patienceMs: () => OUR_PATIENCE_MS,
};

const reference: Program = {
  name: 'ric',
  toCommand: ({ args = [] }) => [process.execPath, referenceEntry, ...args],
  patienceMs: ({ referenceMs }) => referenceMs ?? REFERENCE_PATIENCE_MS,
};

/** @throws Error that says how to get the reference client when it is not there. */
export function toProgram(name: string): Program {
  if (name === 'bulkhead') return bulkhead;
  if (name !== 'ric') throw new Error(`Cannot use --against "${name}": it is bulkhead or ric`);
  const problem = referenceProblem();
  if (problem === undefined) return reference;
  throw new Error(`Cannot run the reference client: ${problem}; npm run bench:reference builds it`);
}

export type Surroundings = {
  readonly one: ConformanceCase;
  readonly folder: string;
  /** `host:port` of the Runtime API. */
  readonly address: string;
};

/** Nothing of the shell's but what a program needs to run at all. */
export function toEnv({ one, folder, address }: Surroundings): Record<string, string> {
  const all: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    TZ: ':UTC',
    NODE: process.execPath,
    AWS_LAMBDA_RUNTIME_API: address,
    _HANDLER: 'index.handler',
    LAMBDA_TASK_ROOT: folder,
    AWS_REGION: 'eu-west-1',
    AWS_LAMBDA_FUNCTION_NAME: 'f',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/f',
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]1',
    ...(one.handler === undefined ? {} : { _HANDLER: one.handler }),
    ...(one.hasFrames ? { _LAMBDA_TELEMETRY_LOG_FD: '3' } : {}),
    ...one.env,
  };
  const set = Object.entries(all).flatMap(([name, value]) => {
    return value === undefined ? [] : [[name, value.replaceAll('<task>', folder)] as const];
  });
  return Object.fromEntries(set);
}
