// Gives the console of the worker the reference client's log lines (rows A7.1 to A7.3). What a
// record looks like is log-format.ts; what becomes of it, and where it goes, is the sink.
import { LOG_LEVELS, type LogLevel, type LogSetup } from '../../src/core/thread-protocol.ts';
import {
  asError,
  formatErrorJson,
  formatErrorText,
  formatJson,
  formatText,
  type LineHead,
  toErrorArguments,
} from './log-format.ts';

/** Takes each record, line feeds and all, without one at its end; never throws. */
export type RecordSink = { write(record: string, level: LogLevel, timeEpochMs: number): void };

/** The invocation that a line belongs to, as of the moment it is logged. */
export type LogContext = {
  /** `-` outside an invocation. */
  readonly requestId: string;
  readonly tenantId: string | undefined;
};

export type ConsoleOptions = {
  readonly setup: Pick<LogSetup, 'format' | 'level'>;
  readonly sink: RecordSink;
  readonly currentContext: () => LogContext;
  /** The console to change; the thread's own unless a test says otherwise. */
  readonly target?: PatchableConsole;
};

/** Not equal to anything that can be logged. */
const NOTHING = Number.NaN;

type LogMethod = (message?: unknown, ...params: unknown[]) => void;

/** `fatal` is the reference client's addition. */
export type PatchableConsole = {
  trace: LogMethod;
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  fatal?: LogMethod;
  log: LogMethod;
};

/**
 * Writes the runtime's own line for a failure, unless the level silences errors (row A7.2). It goes
 * through console.error, as under the reference client: who has put a function of his own there, a
 * tool that reports errors, gets it (row A6.10). Never throws.
 *
 * @param label "Invoke Error", "Init Error", "Uncaught Exception" or "Unhandled Promise Rejection".
 */
export type LogError = (label: string, error: unknown) => void;

/** The runtime's own lines; silenced by the level like the handler's. */
export type RuntimeLog = {
  readonly logError: LogError;
  /** Of an invocation that need not be the one in flight. */
  readonly logWarning: (context: LogContext, text: string) => void;
};

/**
 * Replaces the seven log methods. Below the level they do nothing; `log` and `info` are one and the
 * same function. The console's other methods come out through these (`table`, `group`, `time`,
 * `assert`) or through process.stdout (`dir`).
 */
export function installConsole(options: ConsoleOptions): RuntimeLog {
  const { setup, sink, currentContext } = options;
  const target = options.target ?? (console as PatchableConsole);
  const isJson = setup.format === 'JSON';
  const isLogged = (level: LogLevel): boolean =>
    LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(setup.level);
  const head = ({ requestId, tenantId } = currentContext()): LineHead => {
    return { timeEpochMs: Date.now(), requestId, tenantId };
  };
  const format = isJson ? formatJson : formatText;
  const log = (level: LogLevel, args: readonly unknown[], context?: LogContext): void => {
    const at = head(context);
    sink.write(format(at, level, args), level, at.timeEpochMs);
  };
  const writeError = (label: string, error: unknown): void => {
    const at = head();
    const record = isJson ? formatErrorJson(at, error) : formatErrorText(at, label, error);
    sink.write(record, 'ERROR', at.timeEpochMs);
  };
  /** What logError() is handing to a console.error that is not ours. */
  let handedOver: unknown = NOTHING;
  const methodFor = (level: LogLevel): LogMethod => {
    if (!isLogged(level)) return ignore;
    return (message, ...params) => {
      if (message === handedOver && params.length === 0) writeError('', message);
      else log(level, [message, ...params]);
    };
  };
  const error = methodFor('ERROR');
  /** @returns true when a console.error of the user's has taken the failure. */
  const handOver = (label: string, thrown: unknown): boolean => {
    try {
      const users = target.error;
      if (users === error) return false;
      if (isJson) handedOver = asError(thrown);
      users.call(target, ...(isJson ? [handedOver] : toErrorArguments(label, thrown)));
      return true;
    } catch {
      // Whatever is wrong with it, the line is not lost.
      return false;
    } finally {
      handedOver = NOTHING;
    }
  };

  target.trace = methodFor('TRACE');
  target.debug = methodFor('DEBUG');
  target.info = methodFor('INFO');
  target.warn = methodFor('WARN');
  target.error = error;
  target.fatal = methodFor('FATAL');
  target.log = target.info;

  return {
    logError(label, thrown) {
      if (!handOver(label, thrown) && isLogged('ERROR')) writeError(label, thrown);
    },
    logWarning(context, text) {
      if (isLogged('WARN')) log('WARN', [text], context);
    },
  };
}

/** One function for all silenced methods, as in the reference client. */
function ignore(): void {}
