// Any thrown value -> the error object that callers see. Total: never throws, whatever it is given.
// Knows no header and no log line: see error-type.ts, xray-cause.ts and workers/logs/log-format.ts.

// Taken before user code can replace it: this runs in its thread.
const { stringify } = JSON;

/** The error object on the wire (rows A6.1 to A6.4 of the reference client's behaviour). */
export type ErrorPayload = {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
};

/** What stands in for a value that cannot be read; the reference client's own words (row A6.4). */
export const UNREADABLE_ERROR: ErrorPayload = {
  errorType: 'handled',
  errorMessage:
    'callback called with Error argument, but there was a problem while retrieving one or more ' +
    'of its message, name, and stack',
  trace: [],
};

/** Longest line of a trace that is being cut, characters: more than any honest stack frame. */
const TRACE_LINE_CHARS_MAX = 1024;
/** Longest error type that is being cut, characters. */
const ERROR_TYPE_CHARS_MAX = 256;
/** Room for the words that say what was cut, bytes. */
const NOTE_BYTES = 80;

/**
 * Describes a thrown value the way the reference client does.
 *
 * - An error of any realm, or an object whose `name`, `message` and `stack` are strings: those
 *   three, the stack split into lines, DEL written as `%7F` (A6.1, A6.2).
 * - Anything else: its `typeof`, `String(value)` and no trace (A6.3).
 * - What throws while it is being read, or has a `name`, `message` or `stack` that is no string:
 *   UNREADABLE_ERROR (A6.4).
 *
 * A missing `name` becomes `Error` and a missing `message` the empty string; the reference client
 * leaves the key out instead.
 */
export function toErrorPayload(thrown: unknown): ErrorPayload {
  try {
    if (isErrorLike(thrown)) return readError(thrown);
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  } catch {
    // Hostile getters, proxies and toString methods end here: the text of the answer is fixed.
    return UNREADABLE_ERROR;
  }
}

/**
 * The payload with its message and trace cut so that its JSON has at most `bytesMax` bytes of
 * UTF-8. Says what was cut. The innermost frames stay; the message keeps at least half of the room.
 *
 * @param bytesMax at least 1024: the skeleton and the error type need room.
 */
export function boundErrorPayload(payload: ErrorPayload, bytesMax: number): ErrorPayload {
  if (payloadBytes(payload) <= bytesMax) return payload;
  const errorType = cutText(payload.errorType, ERROR_TYPE_CHARS_MAX);
  const skeletonBytes = payloadBytes({ errorType, errorMessage: '', trace: [] });
  const roomBytes = Math.max(0, bytesMax - skeletonBytes);
  const messageBytes = jsonBytes(payload.errorMessage);
  const trace = boundTrace(payload.trace, roomBytes - Math.min(messageBytes, roomBytes / 2));
  const messageRoom = roomBytes - traceBytes(trace);
  return { errorType, errorMessage: boundText(payload.errorMessage, messageRoom), trace };
}

/** The payload as JSON: always the three keys, in the reference client's order, nothing else. */
export function serializeErrorPayload(payload: ErrorPayload): string {
  const { errorType, errorMessage, trace } = payload;
  return stringify({ errorType, errorMessage, trace });
}

type ErrorLike = { readonly name: unknown; readonly message: unknown; readonly stack: unknown };

/** May throw: `instanceof` and property reads run the traps and getters of a hostile value. */
function isErrorLike(thrown: unknown): thrown is ErrorLike {
  if (typeof thrown !== 'object' || thrown === null) return false;
  if (thrown instanceof Error) return true;
  // The built-in tag tells errors of other realms (vm contexts), which `instanceof` does not know.
  if (Object.prototype.toString.call(thrown) === '[object Error]') return true;
  const { name, message, stack } = thrown as Partial<ErrorLike>;
  return typeof name === 'string' && typeof message === 'string' && typeof stack === 'string';
}

function readError(error: ErrorLike): ErrorPayload {
  const { name, message, stack } = error;
  const trace = escapeDel(stack);
  return {
    errorType: escapeDel(name) ?? 'Error',
    errorMessage: escapeDel(message) ?? '',
    trace: trace === undefined ? [] : trace.split('\n'),
  };
}

function escapeDel(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new TypeError('Cannot read the error: not a string');
  return value.replaceAll('\x7F', '%7F');
}

/** The first lines of the trace that fit into that many bytes of JSON. */
function boundTrace(trace: readonly string[], bytesMax: number): readonly string[] {
  if (traceBytes(trace) <= bytesMax) return trace;
  const kept: string[] = [];
  let leftBytes = bytesMax - NOTE_BYTES;
  for (const line of trace) {
    const cut = cutText(line, TRACE_LINE_CHARS_MAX);
    leftBytes -= jsonBytes(cut) + 3;
    if (leftBytes < 0) break;
    kept.push(cut);
  }
  const lost = trace.length - kept.length;
  if (lost > 0 && bytesMax >= NOTE_BYTES) kept.push(`    ... ${lost} lines cut`);
  return kept;
}

function traceBytes(trace: readonly string[]): number {
  return trace.reduce((sum, line) => sum + jsonBytes(line) + 3, 0);
}

function boundText(text: string, bytesMax: number): string {
  if (jsonBytes(text) <= bytesMax) return text;
  return cutText(text, charsThatFit(text, bytesMax - NOTE_BYTES));
}

/** Says how much is missing, so that nobody takes the rest for the whole. */
function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  // Never keep half of a surrogate pair: it would come out as a replacement character.
  const last = text.charCodeAt(charsMax - 1);
  const kept = last >= 0xd800 && last <= 0xdbff ? charsMax - 1 : charsMax;
  return `${text.slice(0, Math.max(0, kept))} ... (cut: ${kept} of ${text.length} characters)`;
}

function payloadBytes(payload: ErrorPayload): number {
  const fixed = '{"errorType":"","errorMessage":"","trace":[]}'.length;
  const { errorType, errorMessage, trace } = payload;
  return fixed + jsonBytes(errorType) + jsonBytes(errorMessage) + traceBytes(trace);
}

/** Bytes of UTF-8 that the text takes inside a JSON string, quotes not counted. */
function jsonBytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) bytes += codeUnitBytes(text, index);
  return bytes;
}

function charsThatFit(text: string, bytesMax: number): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    bytes += codeUnitBytes(text, index);
    if (bytes > bytesMax) return index;
  }
  return text.length;
}

/** Backspace, tab, line feed, form feed and carriage return. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set([8, 9, 10, 12, 13]);

/** Each half of a surrogate pair counts for half of its four bytes; a lone half is `\udXXX`. */
function codeUnitBytes(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit < 0x20) return SHORT_ESCAPES.has(unit) ? 2 : 6;
  if (unit < 0x80) return unit === 0x22 || unit === 0x5c ? 2 : 1;
  if (unit < 0x800) return 2;
  if (unit < 0xd800 || unit > 0xdfff) return 3;
  const isHigh = unit < 0xdc00;
  const other = text.charCodeAt(isHigh ? index + 1 : index - 1);
  const pairMin = isHigh ? 0xdc00 : 0xd800;
  return other >= pairMin && other < pairMin + 0x400 ? 2 : 6;
}
