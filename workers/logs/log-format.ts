// One log call -> one record, byte for byte the reference client's (rows A7.1 to A7.9), TEXT and
// JSON; toLine() makes the line for stdout of it. Pure: no clock, no stream. Never throws, whatever
// value is logged.
import { format, types } from 'node:util';
import { serializeErrorPayload, toErrorPayload } from '../../src/core/error-payload.ts';
import type { LogLevel } from '../../src/core/thread-protocol.ts';

// Taken before user code can replace it.
const { stringify } = JSON;

/** What every line starts with. */
export type LineHead = {
  readonly timeEpochMs: number;
  /** `-` outside an invocation. */
  readonly requestId: string;
  /** In JSON lines only; absent when undefined or empty. */
  readonly tenantId: string | undefined;
};

/** Stands for a value that throws at every attempt to print it. */
const UNPRINTABLE = '[value that cannot be printed]';

/** The record as a line: line feeds inside become carriage returns (A7.4). */
export function toLine(record: string): string {
  return `${record.replaceAll('\n', '\r')}\n`;
}

/** `time TAB request id TAB LEVEL TAB text`; the text may have line feeds. */
export function formatText(head: LineHead, level: LogLevel, args: readonly unknown[]): string {
  return `${isoTime(head.timeEpochMs)}\t${head.requestId}\t${level}\t${printf(args)}`;
}

/**
 * One JSON object: `timestamp`, `level`, `requestId`, `tenantId` if any, `message`.
 *
 * A single argument is the message as it is, errors in it as `{errorType, errorMessage, stackTrace,
 * ...own}` (A7.6). Several arguments are printed into one text, and the first error among them adds
 * `errorType`, `errorMessage` and `stackTrace` to the line (A7.7 B).
 */
export function formatJson(head: LineHead, level: LogLevel, args: readonly unknown[]): string {
  const line = jsonHead(head, level);
  if (args.length > 1) {
    const printed = { ...line, message: printf(args) };
    return firstPossible(
      () => stringify({ ...printed, ...errorFields(args.find(isError)) }),
      () => stringify(printed),
    );
  }
  const message = args[0];
  return firstPossible(
    () => stringify({ ...line, message }, (_key, value) => jsonError(value, false)),
    () => stringify({ ...line, message: printf([message]) }),
  );
}

/** The arguments of the runtime's own record of a failure in TEXT: a label, which is one of "Invoke
 * Error", "Init Error", "Uncaught Exception", "Unhandled Promise Rejection", and the error as JSON
 * behind a tab (A6.11). */
export type ErrorArguments = readonly [label: string, error: string];

/**
 * Unlike the reference client's it has `cause` and the `errors` of an AggregateError (A6.11 B).
 */
export function toErrorArguments(label: string, error: unknown): ErrorArguments {
  const json = firstPossible(
    () => stringify(asError(error), (_key, value) => textError(value, true)),
    () => stringify(asError(error), (_key, value) => textError(value, false)),
    () => serializeErrorPayload(toErrorPayload(error)),
  );
  return [label, `\t${json}`];
}

/** `… ERROR TAB label space TAB {json}` (A7.8). */
export function formatErrorText(head: LineHead, label: string, error: unknown): string {
  return formatText(head, 'ERROR', toErrorArguments(label, error));
}

/** The same as JSON: the error is the message, and there is no label (A7.9). */
export function formatErrorJson(head: LineHead, error: unknown): string {
  const line = jsonHead(head, 'ERROR');
  const print = (withCauses: boolean): string =>
    stringify({ ...line, message: asError(error) }, (_key, value) => jsonError(value, withCauses));
  return firstPossible(
    () => print(true),
    () => print(false),
    () => stringify({ ...line, message: printf([asError(error)]) }),
    () => stringify({ ...line, message: bareError(error) }),
  );
}

/** The first result that is a string: an attempt may throw (cycles, BigInt, hostile getters). */
function firstPossible(...attempts: readonly (() => string | undefined)[]): string {
  for (const attempt of attempts) {
    try {
      const text = attempt();
      if (text !== undefined) return text;
    } catch {
      // The next attempt prints less.
    }
  }
  return stringify({ message: UNPRINTABLE });
}

function jsonHead(head: LineHead, level: LogLevel): object {
  const { timeEpochMs, requestId, tenantId } = head;
  const line = { timestamp: isoTime(timeEpochMs), level, requestId };
  return tenantId === undefined || tenantId === '' ? line : { ...line, tenantId };
}

/** What JSON lines print in place of an error. */
function jsonError(value: unknown, withCauses: boolean): unknown {
  if (!isError(value)) return value;
  const { message, stack } = value;
  return {
    errorType: constructorName(value),
    errorMessage: message,
    stackTrace: typeof stack === 'string' ? stack.split('\n') : stack,
    ...value,
    ...(withCauses ? hiddenCauses(value) : undefined),
  };
}

/** What the runtime's own TEXT lines print in place of an error; the stack last (A6.11). */
function textError(value: unknown, withCauses: boolean): unknown {
  if (!isError(value)) return value;
  const { name, message, stack } = value;
  return {
    errorType: name,
    errorMessage: message,
    code: (value as { readonly code?: unknown }).code,
    ...value,
    ...(typeof stack === 'string' ? { stack: stack.split('\n') } : undefined),
    ...(withCauses ? hiddenCauses(value) : undefined),
  };
}

/** `cause` and `errors` as the language defines them: not enumerable, so no spread has them. */
function hiddenCauses(error: Error): object {
  const found: Record<string, unknown> = {};
  for (const name of ['cause', 'errors']) {
    const property = Object.getOwnPropertyDescriptor(error, name);
    if (property !== undefined && !property.enumerable) found[name] = property.value;
  }
  return found;
}

function errorFields(error: Error | undefined): object | undefined {
  if (error === undefined) return undefined;
  const { message, stack } = error;
  return {
    errorType: constructorName(error),
    errorMessage: message,
    stackTrace: typeof stack === 'string' ? stack.split('\n') : [],
  };
}

/** The plain description, under the names that JSON lines use. */
function bareError(error: unknown): object {
  const { errorType, errorMessage, trace } = toErrorPayload(error);
  return { errorType, errorMessage, stackTrace: trace };
}

/** What is no error is printed as one with that text, without the runtime's own frames. */
export function asError(value: unknown): Error {
  if (isError(value)) return value;
  const error = new Error(String(value));
  error.stack = String(error);
  return error;
}

/** Errors of this realm and, unlike in the reference client, of any other (vm contexts). */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function constructorName(error: Error): string {
  const maker = error.constructor as { readonly name?: string } | undefined;
  return maker?.name ?? 'UnknownError';
}

/** `util.format`, which throws when a value's own `toString`, getter or inspect method does. */
function printf(args: readonly unknown[]): string {
  const [first, ...rest] = args;
  try {
    return format(first, ...rest);
  } catch {
    return args.map(printOne).join(' ');
  }
}

function printOne(value: unknown): string {
  try {
    return format('%s', value);
  } catch {
    return UNPRINTABLE;
  }
}

/** A handler's fake clock may return anything. */
function isoTime(epochMs: number): string {
  const isInRange = Math.abs(epochMs) <= 8.64e15;
  return new Date(isInRange ? epochMs : 0).toISOString();
}
