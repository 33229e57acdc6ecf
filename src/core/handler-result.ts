// What a worker sent -> a result that can be answered with, or an error. User code shares the
// thread with the code that makes the result, so nothing in it is taken for granted.

import type { ErrorPayload } from './error-payload.ts';
import { RuntimeError } from './errors.ts';
import { type Payload, TEXT_LENGTH_MAX } from './payload.ts';
import type { Measured, ThreadUse } from './phases.ts';
import {
  type ControlReply,
  type HandlerResult,
  type LastWords,
  type PendingResource,
  RELAYED_SIGNALS,
  type StreamMessage,
  type TaskReply,
} from './thread-protocol.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A TaskReply whose result is still to be checked. */
export type RawReply = Pick<TaskReply, 'number' | 'defect'> & { readonly result: unknown };

const HEADER_TYPE = /^(Runtime|Function)\.[A-Z][a-zA-Z]+$/;
/** What a header may carry without being refused or misread on the way. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** What Node lets a header carry, and no more of it than anybody means. */
const CONTENT_TYPE = /^[\t\x20-\x7e\x80-\xff]{1,8192}$/;

const NO_CULPRIT = {};
const WITHDRAWN: HandlerResult = { kind: 'withdrawn' };

/** Who it is for; what it says is still to be checked.
 * @throws RuntimeError `Runtime.InvalidResult` naming the field. */
export function parseTaskReply(value: unknown): RawReply {
  const { number, result, defect } = toFields(value, 'reply');
  if (typeof number !== 'number') throw invalid('reply.number');
  return { number, result, defect: typeof defect === 'string' ? defect : undefined };
}

/** @throws RuntimeError `Runtime.InvalidResult` naming the field. */
export function parseHandlerResult(value: unknown): HandlerResult {
  const fields = toFields(value, 'result');
  switch (fields['kind']) {
    case 'ready':
      return {
        kind: 'ready',
        osThreadId: toThreadId(fields['osThreadId']),
        isStreaming: fields['isStreaming'] === true,
        bootedAtMs: toNumber(fields, 'bootedAtMs') || undefined,
      };
    case 'success':
      return {
        kind: 'success',
        body: toBody(fields['body']),
        handlerMs: toNumber(fields, 'handlerMs'),
        posts: toPosts(fields),
        measured: toMeasured(fields['measured']),
        heapBytes: toNumber(fields, 'heapBytes'),
        externalBytes: toNumber(fields, 'externalBytes'),
      };
    case 'failure':
      return {
        kind: 'failure',
        error: toPayload(fields['error']),
        headerType: toHeader(fields['headerType'], 'headerType', HEADER_TYPE),
        xrayCause:
          fields['xrayCause'] === undefined
            ? undefined
            : toHeader(fields['xrayCause'], 'xrayCause', PRINTABLE_ASCII),
        handlerMs: toNumber(fields, 'handlerMs'),
        posts: toPosts(fields),
        measured: toMeasured(fields['measured']),
        heapBytes: toNumber(fields, 'heapBytes'),
        externalBytes: toNumber(fields, 'externalBytes'),
      };
    case 'withdrawn':
      return WITHDRAWN;
    default:
      throw invalid('kind');
  }
}

/** @throws RuntimeError `Runtime.InvalidResult` naming the field: its thread is not trusted. */
export function parseStreamMessage(value: unknown): StreamMessage {
  const { stream, contentType, bytes } = toFields(value, 'message');
  if (!Number.isSafeInteger(stream)) throw invalid('message.stream');
  return {
    stream: Number(stream),
    contentType:
      contentType === undefined
        ? undefined
        : toHeader(contentType, 'message.contentType', CONTENT_TYPE),
    bytes: bytes === undefined ? undefined : toPiece(bytes),
  };
}

/** Undefined when there are none, or none that can be used: the death is told without them. */
export function parseLastWords(value: unknown): LastWords | undefined {
  try {
    const fields = toFields(value, 'lastWords');
    const { kind, exitCode, trace } = fields;
    if (kind === 'exit') {
      const isUsable = Number.isInteger(exitCode) && isTrace(trace);
      if (!isUsable) return undefined;
      return { kind, exitCode: Number(exitCode), trace, ...toCulprit(fields) };
    }
    if (kind !== 'uncaughtException' && kind !== 'unhandledRejection') return undefined;
    return { kind, error: toPayload(fields['error']), ...toCulprit(fields) };
  } catch {
    return undefined;
  }
}

/** Undefined when it cannot be used: user code may have got hold of the port. */
export function parseControlReply(value: unknown): ControlReply | undefined {
  try {
    const { kind, ask, resources, signal, isEarly } = toFields(value, 'reply');
    if (kind === 'listens' || kind === 'deaf') {
      const known = RELAYED_SIGNALS.find((one) => one === signal);
      return known === undefined ? undefined : { kind, signal: known };
    }
    if (!Number.isSafeInteger(ask)) return undefined;
    if (kind === 'pong') return { kind, ask: Number(ask) };
    if (kind !== 'pending' || !Array.isArray(resources)) return undefined;
    const told = { kind, ask: Number(ask), resources: resources.map(toPendingResource) } as const;
    return isEarly === true ? { ...told, isEarly } : told;
  } catch {
    return undefined;
  }
}

function toPendingResource(value: unknown): PendingResource {
  const { type, count, details } = toFields(value, 'resource');
  if (typeof type !== 'string') throw invalid('resource.type');
  if (!Number.isSafeInteger(count)) throw invalid('resource.count');
  if (!isTrace(details)) throw invalid('resource.details');
  return { type, count: Number(count), details };
}

function isTrace(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string');
}

function toFields(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null) throw invalid(name);
  return value as Fields;
}

function toBody(value: unknown): Payload {
  if (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX) return value;
  if (!(value instanceof Uint8Array) || !isFixed(value.buffer)) throw invalid('body');
  return value;
}

/** Most results have none. */
function toPosts({ posts }: Fields): number | undefined {
  return typeof posts === 'number' ? posts : undefined;
}

/** For people to read: what makes no sense is left out. */
function toMeasured(value: unknown): Measured | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { times, use } = value as Fields;
  if (typeof times !== 'object' || times === null) return undefined;
  const fields = times as Fields;
  return {
    times: {
      begunAtMs: toNumber(fields, 'begunAtMs'),
      calledAtMs: toNumber(fields, 'calledAtMs'),
      returnedAtMs: toNumber(fields, 'returnedAtMs'),
      repliedAtMs: toNumber(fields, 'repliedAtMs'),
    },
    use: typeof use === 'object' && use !== null ? toUse(use as Fields) : undefined,
  };
}

function toUse(fields: Fields): ThreadUse {
  return {
    cpuMs: typeof fields['cpuMs'] === 'number' ? toNumber(fields, 'cpuMs') : undefined,
    loopUtilization: toNumber(fields, 'loopUtilization'),
    heapBytesBefore: toNumber(fields, 'heapBytesBefore'),
    heapBytesAfter: toNumber(fields, 'heapBytesAfter'),
  };
}

function toCulprit({ culprit }: Fields): { readonly culprit?: number } {
  return isCount(culprit) ? { culprit } : NO_CULPRIT;
}

function toNumber(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : 0;
}

/** Nothing may hang on it that is not counted, and it has to be ours alone: a memory that is shared
 * cannot be freed, and one that may grow has more set aside than it shows. */
function toPiece(value: unknown): Uint8Array {
  const isPiece = value instanceof Uint8Array && value.byteLength > 0;
  if (!isPiece || value.byteLength !== value.buffer.byteLength) throw invalid('message.bytes');
  if (!isFixed(value.buffer)) throw invalid('message.bytes');
  return value;
}

/** Nobody changes its size while it is on its way. */
function isFixed(buffer: ArrayBufferLike): boolean {
  return buffer instanceof ArrayBuffer && !buffer.resizable;
}

function toThreadId(value: unknown): number | undefined {
  return isCount(value) ? value : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
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
