// The flags that describe the function and its runtime -> numbers and an environment.
import { isRuntimeError } from '../core/errors.ts';
import { SETTING_ROWS } from '../core/setting-rows.ts';
import { parseSettings, type Settings } from '../core/settings.ts';
import { CONCURRENCY_MAX } from '../emulator/emulator-limits.ts';
import { type Arguments, lastValue } from './arguments.ts';
import { usageError } from './cli-error.ts';
import type { Flag } from './commands.ts';

export type FunctionOptions = {
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** What is added to the environment of the function. */
  readonly env: Readonly<Record<string, string>>;
  readonly settings: Settings;
};

const TIMEOUT_SECONDS = 3;
const MEMORY_MB = 1024;
/** Code that is being worked on is newer than what was compiled of it. */
const WITHOUT_SHIPPED_CODE = { BULKHEAD_COMPILE_CACHE: 'off' };

/**
 * Reads the options of the commands that run a function.
 *
 * @param inherited The environment that the function inherits; its settings are checked too.
 * @param defaults What the function gets where neither says otherwise.
 * @throws CliError naming the flag or the variable, and what it accepts.
 */
export function readFunctionOptions(
  args: Arguments,
  inherited: Readonly<Record<string, string | undefined>>,
  defaults: Readonly<Record<string, string>> = WITHOUT_SHIPPED_CODE,
): FunctionOptions {
  const timeoutSeconds = readNumber(args, '--timeout', { min: 0.1, max: 900, unit: 'seconds' });
  const missing = Object.entries(defaults).filter(([name]) => inherited[name] === undefined);
  const env = {
    ...Object.fromEntries(missing),
    ...readVariables(args),
    ...readSettingFlags(args),
  };
  return {
    timeoutMs: Math.round(timeoutSeconds * 1000),
    memoryMb: readNumber(args, '--memory', { min: 128, max: 10_240, unit: 'MB' }),
    env,
    settings: checkSettings({ ...inherited, ...env }, (message) => message),
  };
}

/**
 * Reads a port.
 *
 * @throws CliError naming the flag.
 */
export function readPort(args: Arguments, name: Flag['name'], byDefault: number): number {
  const text = lastValue(args, name);
  if (text === undefined) return byDefault;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw usageError(`Cannot use ${name} "${text}": it accepts a port from 0 to 65535`);
}

/**
 * Reads how many events may run at once.
 *
 * @returns Undefined without the flag: one, as in standard mode.
 * @throws CliError naming the flag.
 */
export function readConcurrency(args: Arguments): number | undefined {
  return readCount(args, '--concurrency', 'events', CONCURRENCY_MAX);
}

/**
 * Reads how many there shall be of something, from 1 up.
 *
 * @returns Undefined without the flag.
 * @throws CliError naming the flag and what is counted.
 */
export function readCount(
  args: Arguments,
  name: Flag['name'],
  what: string,
  max: number,
): number | undefined {
  const text = lastValue(args, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw usageError(
    `Cannot use ${name} "${text}": it accepts a whole number of ${what} from 1 to ${max}`,
  );
}

type NumberRule = { readonly min: number; readonly max: number; readonly unit: string };

function readNumber(args: Arguments, name: '--timeout' | '--memory', rule: NumberRule): number {
  const { min, max, unit } = rule;
  const text = lastValue(args, name);
  if (text === undefined) return name === '--timeout' ? TIMEOUT_SECONDS : MEMORY_MB;
  const shape = Number.isInteger(min) ? /^\d{1,9}$/ : /^\d{1,9}(?:\.\d{1,3})?$/;
  const value = shape.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const kind = Number.isInteger(min) ? 'a whole number' : 'a number';
  throw usageError(
    `Cannot use ${name} "${text}": it accepts ${kind} of ${unit} from ${min} to ${max}`,
  );
}

function readVariables(args: Arguments): Record<string, string> {
  const env: Record<string, string> = {};
  for (const text of args.flags.get('--env') ?? []) {
    const at = text.indexOf('=');
    if (at < 1) throw usageError(`Cannot use --env "${text}": it accepts NAME=VALUE`);
    env[text.slice(0, at)] = text.slice(at + 1);
  }
  return env;
}

function readSettingFlags(args: Arguments): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { flag, variable, accepts } of SETTING_ROWS) {
    const text = flag === undefined ? undefined : lastValue(args, flag as Flag['name']);
    if (text === undefined) continue;
    if (text === '') throw usageError(`Cannot use ${flag} "": it accepts ${accepts}`);
    // Checked alone, so that the message can name the flag that was typed.
    checkSettings(
      { [variable]: text },
      () => `Cannot use ${flag} "${text}": it accepts ${accepts}`,
    );
    env[variable] = text;
  }
  return env;
}

function checkSettings(
  env: Readonly<Record<string, string | undefined>>,
  describe: (message: string) => string,
): Settings {
  try {
    return parseSettings(env);
  } catch (cause) {
    if (!isRuntimeError(cause)) throw cause;
    throw usageError(describe(cause.message), { cause });
  }
}
