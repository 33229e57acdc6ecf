// The supervisor's own log: one JSON line per event. pino is loaded by the first line that passes
// the level, so a cold start that has nothing to say does not pay for it. Never sees a payload.
import { createRequire } from 'node:module';
import type { Logger as Pino } from 'pino';
import { LOG_LEVELS, type LogLevel } from '../core/thread-protocol.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** One line: a stable event name, a sentence for people, snake_case fields for machines. */
export type LogLine = {
  readonly level: LogLevel;
  readonly event: string;
  readonly message: string;
  readonly fields: LogFields;
};

export type Log = {
  /** Whether a line of this level would be written: spares the making of one that would not. */
  passes(level: LogLevel): boolean;
  /** Loads what the first line would load, while there is time for it. */
  warmUp(): void;
  /** Writes the line, or drops it when it is below the level. */
  write(line: LogLine): void;
};

export type LoggerOptions = {
  readonly level: LogLevel;
  /** Takes one whole line with its line feed, synchronously. */
  readonly write: WriteLine;
};

export type WriteLine = (line: string, level: LogLevel) => void;

/** Tells the runtime's lines from the handler's. */
const SOURCE = 'bulkhead';

/** Makes the log. Nothing is loaded and nothing is written until a line passes the level. */
export function createLog({ level: threshold, write }: LoggerOptions): Log {
  let pino: Pino | undefined;
  /** Of the line that is being written: pino writes at once, and does not pass it on. */
  let level: LogLevel = threshold;
  const writeLine = (line: string): void => write(line, level);
  const passes = (wanted: LogLevel): boolean =>
    LOG_LEVELS.indexOf(wanted) >= LOG_LEVELS.indexOf(threshold);
  return {
    passes,
    warmUp() {
      pino ??= loadPino(writeLine);
    },
    write({ level: wanted, event, message, fields }) {
      if (!passes(wanted)) return;
      pino ??= loadPino(writeLine);
      level = wanted;
      pino[pinoLevel(wanted)]({ event, ...fields }, message);
    },
  };
}

function loadPino(write: (line: string) => void): Pino {
  // Synchronous, because the line that asks for it may be the last one of the process.
  const load = createRequire(import.meta.url) as (name: 'pino') => typeof import('pino');
  const { pino } = load('pino');
  return pino(
    {
      level: 'trace',
      base: { logger: SOURCE },
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      // Lambda's log level filter reads upper-case level names.
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    { write },
  );
}

type PinoLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

function pinoLevel(level: LogLevel): PinoLevel {
  return level.toLowerCase() as PinoLevel;
}
