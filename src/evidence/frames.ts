// From the stack that a thread has taken of itself to the lines that a person reads.
import { fileURLToPath } from 'node:url';
import type { RawFrame, RawStack } from '../core/captured-stack.ts';

/** Where a frame is in the sources, when a source map tells. */
export type Place = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The function's name before a minifier changed it; undefined when that is not known. */
  readonly name: string | undefined;
};

/** Frames of a stack that are shown. */
export const FRAMES_MAX = 32;
const PREFIX = /^(async )?(new )?/;
/** The folders of this package's code, built, bundled or not. */
const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));
const OWN: readonly string[] = ['workers/', 'src/', 'bootstrap/'].map((name) => `${ROOT}${name}`);

/** What a thread said its stack is; undefined when it is none: user code may have had its hand in
 * it. The frames of the question itself are left out. */
export function parseStack(value: unknown, ownFrames: number): RawStack | undefined {
  const { frames, omitted, isCut } = (value ?? {}) as Partial<Record<keyof RawStack, unknown>>;
  if (!Array.isArray(frames)) return undefined;
  const parsed = frames.slice(ownFrames).flatMap((frame) => parseFrame(frame) ?? []);
  return { frames: parsed, omitted: toNumber(omitted), isCut: isCut === true };
}

export function parseFrame(value: unknown): RawFrame | undefined {
  const fields = (value ?? {}) as Partial<Record<keyof RawFrame, unknown>>;
  const { text, name, file } = fields;
  if (typeof text !== 'string' || typeof name !== 'string' || typeof file !== 'string') return;
  return {
    text,
    name,
    file: toPath(file),
    line: toNumber(fields.line),
    column: toNumber(fields.column),
    startLine: toNumber(fields.startLine),
    startColumn: toNumber(fields.startColumn),
    isAsync: fields.isAsync === true,
    repeats: toNumber(fields.repeats),
  };
}

/** Whether JavaScript of the user's is running, not only waiting. */
export function runsUserCode({ frames }: RawStack): boolean {
  return frames.some((frame) => isUserFrame(frame) && !frame.isAsync);
}

/** Whether the runtime's own code is running: then the thread's loop turns. */
export function runsOwnCode({ frames }: RawStack): boolean {
  return frames.some((frame) => isOwnFile(frame.file) && !frame.isAsync);
}

/** Without the frames of the runtime, and without Node's below the outermost of the user's: those
 * above say which built-in function is running. A stack that has none of the user's stays whole. */
export function withoutOuterFrames(frames: readonly RawFrame[]): readonly RawFrame[] {
  const foreign = frames.filter(({ file }) => !isOwnFile(file));
  const last = foreign.findLastIndex(isUserFrame);
  return last < 0 ? foreign : foreign.slice(0, last + 1);
}

/** "name (file:line:column)" for each, and how many are left out. */
export function toLines(
  stack: RawStack,
  places: readonly (Place | undefined)[],
): readonly string[] {
  const shown = stack.frames.slice(0, FRAMES_MAX);
  const lines = shown.flatMap((frame, index) => {
    const line = toLine(frame, places[index]);
    return frame.repeats === 0 ? [line] : [line, `... ${toMore(frame.repeats)}`];
  });
  const left = stack.frames.length - shown.length + stack.omitted;
  if (stack.isCut) return [...lines, '... and more than could be counted'];
  return left === 0 ? lines : [...lines, `... ${toMore(left)}`];
}

export function isUserFrame({ file }: RawFrame): boolean {
  return file !== '' && !file.startsWith('node:') && !isOwnFile(file);
}

function isOwnFile(file: string): boolean {
  return OWN.some((folder) => file.startsWith(folder));
}

function toLine(frame: RawFrame, place: Place | undefined): string {
  const prefix = PREFIX.exec(frame.text)?.[0] ?? '';
  const { name = toName(frame), file, line, column } = place ?? { ...frame, name: undefined };
  // A built-in function has no file; `Promise.all` has an index in its place.
  if (file === '') return frame.text;
  return `${prefix}${name} (${file}:${line}:${column})`;
}

/** With the class it belongs to, without what V8 says of plain objects. */
function toName({ text, name }: RawFrame): string {
  const prefix = PREFIX.exec(text)?.[0] ?? '';
  // No expression for the whole: a function may have any name, and this thread has no time.
  const end = text.endsWith(')') ? text.lastIndexOf(' (') : -1;
  const told = end < prefix.length ? name : text.slice(prefix.length, end);
  return told.replace(/^(Object|Module|process|global)\./, '') || '<anonymous>';
}

function toMore(count: number): string {
  return `${count} more frame${count === 1 ? '' : 's'}`;
}

/** Of a file URL; anything else, and one that names no file here, stays as it is. */
export function toPath(file: string): string {
  if (!file.startsWith('file:')) return file;
  try {
    return fileURLToPath(file);
  } catch {
    return file;
  }
}

function toNumber(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
