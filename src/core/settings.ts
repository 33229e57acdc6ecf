// The BULKHEAD_* settings: one table for the environment, the command line, --help and README.
import { RuntimeError } from './errors.ts';
import {
  DEADLINE_MARGIN_MS,
  DEADLINE_MARGIN_MS_MAX,
  STANDBY_MAX,
  STANDBY_MEMORY_MB_MIN,
} from './limits.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export type Isolation = 'shared' | 'none';

export type Pipelining = 'auto' | 'on' | 'off';

export type Settings = {
  readonly deadlineMarginMs: number;
  /** Undefined: by the function's memory. */
  readonly standby: number | undefined;
  readonly isolation: Isolation;
  readonly pipelining: Pipelining;
  readonly metricsPort: number | undefined;
};

export type SettingRow = {
  readonly variable: string;
  /** The same setting on `bulkhead dev` and `bulkhead invoke`. */
  readonly flag: string;
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
    does: 'How long before the deadline a timeout is answered, in ms; at most 10 % of the budget.',
  },
  {
    variable: 'BULKHEAD_STANDBY',
    flag: '--standby',
    accepts: `a whole number from 0 to ${STANDBY_MAX}`,
    byDefault: `1 with ${STANDBY_MEMORY_MB_MIN} MB or more, else 0`,
    does: 'Initialised workers that wait to take over after a crash or a timeout.',
  },
  {
    variable: 'BULKHEAD_ISOLATION',
    flag: '--isolation',
    accepts: '"shared" or "none"',
    byDefault: 'shared',
    does: '"shared": a worker thread that keeps its state. "none": the main thread, no watchdog.',
  },
  {
    variable: 'BULKHEAD_PIPELINING',
    flag: '--pipelining',
    accepts: '"auto", "on" or "off"',
    byDefault: 'auto',
    does: 'Sends the next poll right behind an answer. "auto": only to loopback and link-local.',
  },
  {
    variable: 'BULKHEAD_METRICS_PORT',
    flag: '--metrics-port',
    accepts: 'a port from 1 to 65535',
    byDefault: 'off',
    does: 'Serves Prometheus metrics at http://127.0.0.1:<port>/metrics.',
  },
];

/** Prefix of every setting; any other variable that starts with it is refused. */
const PREFIX = 'BULKHEAD_';

/**
 * Reads the settings out of an environment.
 *
 * @throws RuntimeError `Runtime.InvalidSetting` naming the variable, its value and what it accepts.
 */
export function parseSettings(env: Env): Settings {
  const known = new Set(SETTING_ROWS.map((row) => row.variable));
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) && !known.has(name)) throw unknownSetting(name);
  }
  return {
    deadlineMarginMs:
      wholeNumber(env, 'BULKHEAD_DEADLINE_MARGIN_MS', 1, DEADLINE_MARGIN_MS_MAX) ??
      DEADLINE_MARGIN_MS,
    standby: wholeNumber(env, 'BULKHEAD_STANDBY', 0, STANDBY_MAX),
    isolation: oneOf(env, 'BULKHEAD_ISOLATION', ['shared', 'none']) ?? 'shared',
    pipelining: oneOf(env, 'BULKHEAD_PIPELINING', ['auto', 'on', 'off']) ?? 'auto',
    metricsPort: wholeNumber(env, 'BULKHEAD_METRICS_PORT', 1, 65_535),
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
