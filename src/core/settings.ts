// The BULKHEAD_* settings of an environment; what there is of them is in setting-rows.ts.
import { RuntimeError } from './errors.ts';
import {
  DEADLINE_MARGIN_MS,
  DEADLINE_MARGIN_MS_MAX,
  RESTART_LIMIT,
  RESTART_LIMIT_MAX,
  STANDBY_MAX,
  STUCK_LIMIT,
  STUCK_LIMIT_MAX,
} from './limits.ts';
import { SETTING_ROWS } from './setting-rows.ts';

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
  readonly report: boolean;
  readonly recycleAfter: number | undefined;
  readonly recycleHeapMb: number | undefined;
  readonly recycleAgeS: number | undefined;
  readonly stuckLimit: number;
  readonly restartLimit: number;
  readonly profileDir: string | undefined;
  readonly typescript: 'on' | 'off';
  /** A folder, or `off`; undefined: where it is by default. */
  readonly compileCache: string | undefined;
  /** Read by `bulkhead-bootstrap` alone; checked here for whoever starts without it. */
  readonly guardian: 'on' | 'off';
  /** Set by `bulkhead-bootstrap`, not by users. */
  readonly journal: string | undefined;
  /** Set by `bulkhead-bootstrap`: NODE_OPTIONS as it was before preloads were taken out of it. */
  readonly nodeOptions: string | undefined;
};

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
    report: oneOf(env, 'BULKHEAD_REPORT', ['0', '1']) === '1',
    metricsPort: wholeNumber(env, 'BULKHEAD_METRICS_PORT', 1, 65_535),
    recycleAfter: wholeNumber(env, 'BULKHEAD_RECYCLE_AFTER', 1, COUNT_MAX),
    recycleHeapMb: wholeNumber(env, 'BULKHEAD_RECYCLE_HEAP_MB', 1, COUNT_MAX),
    recycleAgeS: wholeNumber(env, 'BULKHEAD_RECYCLE_AGE_S', 1, COUNT_MAX),
    stuckLimit: wholeNumber(env, 'BULKHEAD_STUCK_LIMIT', 0, STUCK_LIMIT_MAX) ?? STUCK_LIMIT,
    restartLimit: wholeNumber(env, 'BULKHEAD_RESTART_LIMIT', 1, RESTART_LIMIT_MAX) ?? RESTART_LIMIT,
    profileDir: env['BULKHEAD_PROFILE_DIR'] || undefined,
    typescript: oneOf(env, 'BULKHEAD_TYPESCRIPT', ['on', 'off']) ?? 'off',
    compileCache: env['BULKHEAD_COMPILE_CACHE'] || undefined,
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
