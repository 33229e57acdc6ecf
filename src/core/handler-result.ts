// What a worker sent -> a result that can be answered with, or an error. User code shares the
// thread with the code that makes the result, so nothing in it is taken for granted.

import type { ErrorPayload } from './error-payload.ts';
import { RuntimeError } from './errors.ts';
import type { HandlerResult, LastWords } from './thread-protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

const HEADER_TYPE = /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/;
/** What a header may carry without being refused or misread on the way. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** @throws RuntimeError `Runtime.InvalidResult` naming the field. */
export function parseHandlerResult(value: unknown): HandlerResult {
  const fields = toFields(value, 'result');
  switch (fields['kind']) {
    case 'ready':
      return { kind: 'ready' };
    case 'success':
      return { kind: 'success', body: toBytes(fields['body']), handlerMs: toMs(fields) };
    case 'failure':
      return {
        kind: 'failure',
        error: toPayload(fields['error']),
        headerType: toHeader(fields['headerType'], 'headerType', HEADER_TYPE),
        xrayCause:
          fields['xrayCause'] === undefined
            ? undefined
            : toHeader(fields['xrayCause'], 'xrayCause', PRINTABLE_ASCII),
        handlerMs: toMs(fields),
      };
    default:
      throw invalid('kind');
  }
}

/** Undefined when there are none, or none that can be used: the death is told without them. */
export function parseLastWords(value: unknown): LastWords | undefined {
  try {
    const fields = toFields(value, 'lastWords');
    const { kind, exitCode, trace } = fields;
    if (kind === 'exit') {
      const isUsable = Number.isInteger(exitCode) && isTrace(trace);
      return isUsable ? { kind, exitCode: Number(exitCode), trace } : undefined;
    }
    if (kind !== 'uncaughtException' && kind !== 'unhandledRejection' && kind !== 'neverSettles') {
      return undefined;
    }
    return { kind, error: toPayload(fields['error']) };
  } catch {
    return undefined;
  }
}

function isTrace(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string');
}

function toFields(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null) throw invalid(name);
  return value as Fields;
}

function toBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalid('body');
  return value;
}

function toMs(fields: Fields): number {
  const ms = fields['handlerMs'];
  return typeof ms === 'number' && ms >= 0 && Number.isFinite(ms) ? ms : 0;
}

function toPayload(value: unknown): ErrorPayload {
  const { errorType, errorMessage, trace } = toFields(value, 'error');
  if (typeof errorType !== 'string') throw invalid('error.errorType');
  if (typeof errorMessage !== 'string') throw invalid('error.errorMessage');
  if (!isTrace(trace)) throw invalid('error.trace');
  return { errorType, errorMessage, trace };
}

function toHeader(value: unknown, name: string, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw invalid(name);
  return value;
}

function invalid(name: string): RuntimeError {
  return new RuntimeError(
    'Runtime.InvalidResult',
    `Cannot use what the worker sent: "${name}" is not what it has to be`,
  );
}
