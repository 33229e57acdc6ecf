// Every BULKHEAD_* setting in one table: the command line, --help and README say what it says.
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
    variable: 'BULKHEAD_REPORT',
    flag: '--report',
    accepts: '"1" or "0"',
    byDefault: '0',
    does: '"1": one JSON line for each invocation, with where its time has gone and what it has used.',
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
    variable: 'BULKHEAD_COMPILE_CACHE',
    flag: '--compile-cache',
    accepts: 'a folder that "bulkhead warm" has made, or "off"',
    byDefault: '.bulkhead-cache in the task root',
    does: 'Takes compiled code from there, if it is there; dev and invoke do when it is named.',
  },
  {
    variable: 'BULKHEAD_GUARDIAN',
    flag: undefined,
    accepts: '"on" or "off"',
    byDefault: 'on',
    does: 'Whether bulkhead-bootstrap starts the runtime again when its process dies.',
  },
];
