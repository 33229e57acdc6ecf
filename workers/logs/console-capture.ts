// Gives the console of the worker the reference client's log lines (rows A7.1 to A7.3). What a line
// looks like is log-format.ts; where it goes is the writer.
import { LOG_LEVELS, type LogLevel, type LogSetup } from '../../src/core/thread-protocol.ts';
import {
  formatErrorJson,
  formatErrorText,
  formatJson,
  formatText,
  type LineHead,
} from './log-format.ts';

/** Receives each finished line, line feed included; a LineWriter on the descriptor. */
export type LineSink = { write(line: string): void };

/** The invocation that a line belongs to, as of the moment it is logged. */
export type LogContext = {
  /** `-` outside an invocation. */
  readonly requestId: string;
  readonly tenantId: string | undefined;
};

export type ConsoleOptions = {
  readonly setup: Pick<LogSetup, 'format' | 'level'>;
  readonly writer: LineSink;
  readonly currentContext: () => LogContext;
  /** The console to change; the thread's own unless a test says otherwise. */
  readonly target?: PatchableConsole;
};

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
 * Writes the runtime's own line for a failure, unless the level silences errors (row A7.2).
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
  const { setup, writer, currentContext } = options;
  const target = options.target ?? (console as PatchableConsole);
  const isJson = setup.format === 'JSON';
  const isLogged = (level: LogLevel): boolean =>
    LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(setup.level);
  const head = ({ requestId, tenantId } = currentContext()): LineHead => {
    return { timeEpochMs: Date.now(), requestId, tenantId };
  };
  const formatLine = isJson ? formatJson : formatText;
  const methodFor = (level: LogLevel): LogMethod => {
    if (!isLogged(level)) return ignore;
    return (message, ...params) => writer.write(formatLine(head(), level, [message, ...params]));
  };

  target.trace = methodFor('TRACE');
  target.debug = methodFor('DEBUG');
  target.info = methodFor('INFO');
  target.warn = methodFor('WARN');
  target.error = methodFor('ERROR');
  target.fatal = methodFor('FATAL');
  target.log = target.info;

  return {
    logError(label, error) {
      if (!isLogged('ERROR')) return;
      const line = isJson ? formatErrorJson(head(), error) : formatErrorText(head(), label, error);
      writer.write(line);
    },
    logWarning(context, text) {
      if (isLogged('WARN')) writer.write(formatLine(head(context), 'WARN', [text]));
    },
  };
}

/** One function for all silenced methods, as in the reference client. */
function ignore(): void {}
