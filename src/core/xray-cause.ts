// Any thrown value -> value of the header `Lambda-Runtime-Function-XRay-Error-Cause` (rows A6.6 to
// A6.9 of the reference client's behaviour). ASCII, bounded, and total.
import { type ErrorPayload, toErrorPayload, UNREADABLE_ERROR } from './error-payload.ts';

// Taken before user code can replace it: this runs in its thread.
const { stringify } = JSON;

/** The platform drops a larger cause (row A6.8), bytes. */
export const XRAY_CAUSE_BYTES_MAX: number = 64 * 1024;

/** Longest message and type sent, characters; each takes at most six bytes when escaped. */
const MESSAGE_CHARS_MAX = 4096;
const TYPE_CHARS_MAX = 256;
/** Longest path or label of a frame, characters. */
const FRAME_TEXT_CHARS_MAX = 1024;
/** V8 keeps ten frames unless told otherwise; more than this helps nobody. */
const FRAMES_MAX = 100;

type Frame = { readonly path: string; readonly line: number | null; readonly label: string };

/**
 * The cause as one line of ASCII JSON, at most XRAY_CAUSE_BYTES_MAX bytes: characters beyond ASCII
 * and DEL are `\u` escapes, because header values allow neither.
 *
 * Differs from the reference client where that one sends nonsense: frames of ES modules and of
 * Node's own modules keep their path and line, and the lines of a long message are not frames.
 *
 * @returns undefined when there is nothing to say: nothing was thrown, or it cannot be read.
 */
export function toXrayCause(error: unknown, workingDirectory: string): string | undefined {
  if (error === undefined || error === null) return undefined;
  const payload = toErrorPayload(error);
  if (payload === UNREADABLE_ERROR) return undefined;
  return xrayCauseOfPayload(payload, workingDirectory);
}

/** The same for an error that is known only as the payload, such as a timeout. */
export function xrayCauseOfPayload(
  payload: ErrorPayload,
  workingDirectory: string,
): string | undefined {
  const type = cut(payload.errorType, TYPE_CHARS_MAX);
  const message = cut(payload.errorMessage, MESSAGE_CHARS_MAX);
  let frames = toFrames(payload.trace);
  for (;;) {
    const exceptions = [{ type, message, stack: frames }];
    const paths = [...new Set(frames.map((frame) => frame.path))];
    const cause = toAscii({ working_directory: workingDirectory, exceptions, paths });
    if (cause.length <= XRAY_CAUSE_BYTES_MAX) return cause;
    if (frames.length === 0) return undefined;
    // The outermost frames go first: the innermost ones say what happened.
    frames = frames.slice(0, Math.floor(frames.length / 2));
  }
}

function toFrames(trace: readonly string[]): readonly Frame[] {
  const frames: Frame[] = [];
  for (const line of trace) {
    const frame = /^\s+at /.test(line) ? toFrame(line) : undefined;
    if (frame !== undefined) frames.push(frame);
    if (frames.length >= FRAMES_MAX) break;
  }
  return frames;
}

/** `    at label (location)` or `    at location`, either one after `async`. */
function toFrame(line: string): Frame {
  const text = cut(line.trim().slice('at '.length), 4 * FRAME_TEXT_CHARS_MAX);
  const open = text.indexOf(' (');
  const isNamed = open > 0 && text.endsWith(')');
  const location = isNamed ? text.slice(open + 2, -1) : text.replace(/^async /, '');
  const { path, line: lineNumber } = toLocation(location);
  return {
    path: cut(path, FRAME_TEXT_CHARS_MAX),
    line: lineNumber,
    label: isNamed ? cut(text.slice(0, open), FRAME_TEXT_CHARS_MAX) : 'anonymous',
  };
}

/** Reads from the right: a path may hold colons (`file://`, `node:`), the two numbers may not. */
function toLocation(location: string): { readonly path: string; readonly line: number | null } {
  const match = /^(.*?):(\d+)(?::\d+)?$/s.exec(location);
  const line = match?.[2] === undefined ? null : Number(match[2]);
  return { path: toPath(match?.[1] ?? location), line };
}

function toPath(location: string): string {
  if (!location.startsWith('file://')) return location;
  const path = location.slice('file://'.length).replace(/[?#].*$/s, '');
  try {
    return decodeURIComponent(path);
  } catch {
    // Not the output of a URL parser, so it means what it says.
    return path;
  }
}

function toAscii(value: object): string {
  return stringify(value).replace(
    /[\x7F-\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}... (cut)`;
}
