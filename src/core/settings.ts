// The BULKHEAD_* settings: one table for the environment, the command line, --help and README.
import { RuntimeError } from './errors.ts';
import {
  DEADLINE_MARGIN_MS,
  DEADLINE_MARGIN_MS_MAX,
  RESTART_LIMIT,
  RESTART_LIMIT_MAX,
  RESTART_PERIOD_S,
  STANDBY_MAX,
  STANDBY_MEMORY_MB_MIN,
  STUCK_LIMIT,
  STUCK_LIMIT_MAX,
} from './limits.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export type Isolation = 'shared' | 'invocation' | 'tenant' | 'none';

export type Pipelining = 'auto' | 'on' | 'off';

export type Placement = 'spread' | 'exclusive';

export type Settings = {
  readonly deadlineMarginMs: number;
  /** Undefined: by the function's memory. */
  readonly standby: number | undefined;
  readonly isolation: Isolation;
  readonly pipelining: Pipelining;
  readonly placement: Placement;
  readonly retryNeighbours: boolean;
  readonly metricsPort: number | undefined;
  readonly recycleAfter: number | undefined;
  readonly recycleHeapMb: number | undefined;
  readonly recycleAgeS: number | undefined;
  readonly stuckLimit: number;
  readonly restartLimit: number;
  readonly profileDir: string | undefined;
  readonly typescript: 'on' | 'off';
  /** Read by `bulkhead-bootstrap` alone; checked here for whoever starts without it. */
  readonly guardian: 'on' | 'off';
  /** Set by `bulkhead-bootstrap`, not by users. */
  readonly journal: string | undefined;
  /** Set by `bulkhead-bootstrap`: NODE_OPTIONS as it was before preloads were taken out of it. */
  readonly nodeOptions: string | undefined;
};

export type SettingRow = {
  readonly variable: string;
  /** The same setting on `bulkhead dev` and `bulkhead invoke`; undefined: it is not for them. */
  readonly flag: string | undefined;
  readonly accepts: string;
  readonly byDefault: string;
  readonly does: string;
};

export const SETTING_ROWS: readonly SettingRow[] = [
  {
    variable: 'BULKHEAD_DEADLINE_MARGIN_MS',
    flag: '--deadline-margin-ms',
    accepts: `a whole number from 1 to ${DEADLINE_MARGIN_MS_MAX}`,
    byDefault: String(DEADLINE_MARGIN_MS),
    does: 'How long before the deadline a timeout is answered, in ms; at most 10 % of the budget, twice that on a machine that is late.',
  },
  {
    variable: 'BULKHEAD_STANDBY',
    flag: '--standby',
    accepts: `a whole number from 0 to ${STANDBY_MAX}`,
    byDefault: `1 for one thread with ${STANDBY_MEMORY_MB_MIN} MB, and where workers are used up; else 0`,
    does: 'Initialised workers that wait to take over after a crash or a timeout.',
  },
  {
    variable: 'BULKHEAD_ISOLATION',
    flag: '--isolation',
    accepts: '"shared", "invocation", "tenant" or "none"',
    byDefault: 'shared',
    does:
      '"shared": a worker keeps its state. "invocation": a fresh worker for each. "tenant": one ' +
      'worker never serves two tenants. "none": the main thread, no watchdog.',
  },
  {
    variable: 'BULKHEAD_PIPELINING',
    flag: '--pipelining',
    accepts: '"auto", "on" or "off"',
    byDefault: 'auto',
    does: 'Sends the next poll right behind an answer. "auto": only to loopback and link-local.',
  },
  {
    variable: 'BULKHEAD_PLACEMENT',
    flag: '--placement',
    accepts: '"spread" or "exclusive"',
    byDefault: 'spread',
    does:
      'With several events at once. "spread": threads take several each, as evenly as they answer. ' +
      '"exclusive": one in each thread.',
  },
  {
    variable: 'BULKHEAD_RETRY_NEIGHBOURS',
    flag: '--retry-neighbours',
    accepts: '"1" or "0"',
    byDefault: '0',
    does:
      '"1": an invocation whose thread another one has ended runs once more, if it has streamed ' +
      'nothing.',
  },
  {
    variable: 'BULKHEAD_METRICS_PORT',
    flag: '--metrics-port',
    accepts: 'a port from 1 to 65535',
    byDefault: 'off',
    does: 'Serves Prometheus metrics at http://127.0.0.1:<port>/metrics.',
  },
  {
    variable: 'BULKHEAD_RECYCLE_AFTER',
    flag: '--recycle-after',
    accepts: 'a whole number from 1 to 999999999',
    byDefault: 'off',
    does: 'Replaces a worker after that many invocations, when its replacement is ready.',
  },
  {
    variable: 'BULKHEAD_RECYCLE_HEAP_MB',
    flag: '--recycle-heap-mb',
    accepts: 'a whole number from 1 to 999999999',
    byDefault: 'off',
    does: 'Replaces a worker whose heap stays above that many MB after invocations.',
  },
  {
    variable: 'BULKHEAD_RECYCLE_AGE_S',
    flag: '--recycle-age-s',
    accepts: 'a whole number from 1 to 999999999',
    byDefault: 'off',
    does: 'Replaces a worker that many seconds after its start.',
  },
  {
    variable: 'BULKHEAD_STUCK_LIMIT',
    flag: '--stuck-limit',
    accepts: `a whole number from 0 to ${STUCK_LIMIT_MAX}`,
    byDefault: String(STUCK_LIMIT),
    does: 'Threads that survive their termination before the process ends on purpose.',
  },
  {
    variable: 'BULKHEAD_RESTART_LIMIT',
    flag: '--restart-limit',
    accepts: `a whole number from 1 to ${RESTART_LIMIT_MAX}`,
    byDefault: String(RESTART_LIMIT),
    does: `Workers that may die between invocations within ${RESTART_PERIOD_S} s before it gives up.`,
  },
  {
    variable: 'BULKHEAD_PROFILE_DIR',
    flag: '--profile-dir',
    accepts: 'a folder that exists and can be written to',
    byDefault: 'off',
    does: 'Keeps a CPU profile (.cpuprofile) of the last stretch before each timeout there, up to 50 of a process.',
  },
  {
    variable: 'BULKHEAD_TYPESCRIPT',
    flag: '--typescript',
    accepts: '"on" or "off"',
    byDefault: 'off',
    does: 'Also looks for the handler in a .ts, .mts or .cts file; Node strips the types.',
  },
  {
    variable: 'BULKHEAD_GUARDIAN',
    flag: undefined,
    accepts: '"on" or "off"',
    byDefault: 'on',
    does: 'Whether bulkhead-bootstrap starts the runtime again when its process dies.',
  },
];

/** Set by `bulkhead-bootstrap` for the process that it starts; no business of users. */
const INTERNAL: readonly string[] = ['BULKHEAD_JOURNAL', 'BULKHEAD_NODE_OPTIONS'];

const ISOLATIONS = ['shared', 'invocation', 'tenant', 'none'] as const;

const COUNT_MAX = 999_999_999;

/** Prefix of every setting; any other variable that starts with it is refused. */
const PREFIX = 'BULKHEAD_';

/**
 * Reads the settings out of an environment.
 *
 * @throws RuntimeError `Runtime.InvalidSetting` naming the variable, its value and what it accepts.
 */
export function parseSettings(env: Env): Settings {
  const known = new Set([...SETTING_ROWS.map((row) => row.variable), ...INTERNAL]);
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) && !known.has(name)) throw unknownSetting(name);
  }
  return {
    deadlineMarginMs:
      wholeNumber(env, 'BULKHEAD_DEADLINE_MARGIN_MS', 1, DEADLINE_MARGIN_MS_MAX) ??
      DEADLINE_MARGIN_MS,
    standby: wholeNumber(env, 'BULKHEAD_STANDBY', 0, STANDBY_MAX),
    isolation: oneOf(env, 'BULKHEAD_ISOLATION', ISOLATIONS) ?? 'shared',
    pipelining: oneOf(env, 'BULKHEAD_PIPELINING', ['auto', 'on', 'off']) ?? 'auto',
    placement: oneOf(env, 'BULKHEAD_PLACEMENT', ['spread', 'exclusive']) ?? 'spread',
    retryNeighbours: oneOf(env, 'BULKHEAD_RETRY_NEIGHBOURS', ['0', '1']) === '1',
    metricsPort: wholeNumber(env, 'BULKHEAD_METRICS_PORT', 1, 65_535),
    recycleAfter: wholeNumber(env, 'BULKHEAD_RECYCLE_AFTER', 1, COUNT_MAX),
    recycleHeapMb: wholeNumber(env, 'BULKHEAD_RECYCLE_HEAP_MB', 1, COUNT_MAX),
    recycleAgeS: wholeNumber(env, 'BULKHEAD_RECYCLE_AGE_S', 1, COUNT_MAX),
    stuckLimit: wholeNumber(env, 'BULKHEAD_STUCK_LIMIT', 0, STUCK_LIMIT_MAX) ?? STUCK_LIMIT,
    restartLimit: wholeNumber(env, 'BULKHEAD_RESTART_LIMIT', 1, RESTART_LIMIT_MAX) ?? RESTART_LIMIT,
    profileDir: env['BULKHEAD_PROFILE_DIR'] || undefined,
    typescript: oneOf(env, 'BULKHEAD_TYPESCRIPT', ['on', 'off']) ?? 'off',
    guardian: oneOf(env, 'BULKHEAD_GUARDIAN', ['on', 'off']) ?? 'on',
    journal: env['BULKHEAD_JOURNAL'] || undefined,
    nodeOptions: env['BULKHEAD_NODE_OPTIONS'] || undefined,
  };
}

function unknownSetting(name: string): RuntimeError {
  const names = SETTING_ROWS.map((row) => row.variable).join(', ');
  return new RuntimeError(
    'Runtime.InvalidSetting',
    `Cannot use the setting "${name}": there is none of that name; the settings are ${names}`,
  );
}

function invalid(variable: string, value: string): RuntimeError {
  const accepts = SETTING_ROWS.find((row) => row.variable === variable)?.accepts ?? '';
  return new RuntimeError(
    'Runtime.InvalidSetting',
    `Cannot use ${variable}="${value}": it accepts ${accepts}`,
  );
}

function wholeNumber(env: Env, variable: string, min: number, max: number): number | undefined {
  const text = env[variable];
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw invalid(variable, text);
  return value;
}

function oneOf<Name extends string>(
  env: Env,
  variable: string,
  names: readonly Name[],
): Name | undefined {
  const text = env[variable];
  if (text === undefined || text === '') return undefined;
  const found = names.find((name) => name === text);
  if (found === undefined) throw invalid(variable, text);
  return found;
}
