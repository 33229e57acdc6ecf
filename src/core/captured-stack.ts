// A call stack as plain values: what a thread takes of itself, and what another makes of it.

/** One frame. Lines and columns count from 1; `start…` is where its function begins. */
export type RawFrame = {
  /** As V8 words it: "async load (file:///var/task/a.mjs:3:9)", "JSON.stringify (<anonymous>)". */
  readonly text: string;
  /** Name of the function alone; empty for none. */
  readonly name: string;
  /** A path, a file URL or a `node:` name; empty for a built-in function. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly startLine: number;
  readonly startColumn: number;
  /** Does not run: waits for a promise that the frame before it would settle. */
  readonly isAsync: boolean;
  /** How many frames of the same function follow that are left out. */
  readonly repeats: number;
};

/** Innermost first. */
export type RawStack = {
  readonly frames: readonly RawFrame[];
  /** How many frames at the outer end are left out. */
  readonly omitted: number;
  /** There were more than could be counted. */
  readonly isCut: boolean;
};

/** The property of `globalThis` by which a thread that runs several invocations at once says whose
 * code it is that runs: a function, which returns the number, or undefined. */
export const RUNNING_NUMBER = 'bulkhead.running';

/** What is used of V8's `CallSite`; the types of Node lack the last two. */
type Site = {
  toString(): string;
  getFunctionName(): string | null;
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  getEnclosingLineNumber?(): number | null;
  getEnclosingColumnNumber?(): number | null;
  isAsync(): boolean;
};
type ErrorClass = { stackTraceLimit: number; prepareStackTrace?: unknown };

/**
 * The stack of its caller, this function's own frame first. Calls only what V8 brings along and
 * leaves everything as it was, so that it may run at any point of another function. Its source
 * text is sent to other threads: it must not use anything outside of itself.
 *
 * @returns undefined when the program has made stacks unreadable (frozen intrinsics).
 */
export function captureStack(): RawStack | undefined {
  const DEPTH_MAX = 2000;
  const FRAMES_MAX = 64;
  const SAME_MAX = 3;
  const here = globalThis.Error as unknown as ErrorClass;
  let real = here;
  try {
    // An error that V8 makes itself: its class is the real one, whatever the global is by now.
    (undefined as unknown as () => void)();
  } catch (error) {
    real = Object.getPrototypeOf(Object.getPrototypeOf(error)).constructor;
  }
  const { stackTraceLimit } = real;
  const { prepareStackTrace } = here;
  let sites: unknown;
  try {
    real.stackTraceLimit = DEPTH_MAX;
    // Node asks the global class how a stack is worded.
    here.prepareStackTrace = (_error: unknown, found: unknown) => found;
    const holder: { stack?: unknown } = {};
    (real as unknown as ErrorConstructor).captureStackTrace(holder);
    sites = holder.stack;
    real.stackTraceLimit = stackTraceLimit;
    here.prepareStackTrace = prepareStackTrace;
  } catch {
    return undefined;
  }
  if (typeof sites !== 'object' || sites === null) return undefined;
  const { length } = sites as Site[];
  const frames: { -readonly [K in keyof RawFrame]: RawFrame[K] }[] = [];
  let same = 0;
  let index = 0;
  for (; index < length && frames.length < FRAMES_MAX; index += 1) {
    const site = (sites as Site[])[index] as Site;
    const frame = {
      text: site.toString(),
      name: site.getFunctionName() ?? '',
      file: site.getFileName() ?? '',
      line: site.getLineNumber() ?? 0,
      column: site.getColumnNumber() ?? 0,
      startLine: site.getEnclosingLineNumber?.() ?? 0,
      startColumn: site.getEnclosingColumnNumber?.() ?? 0,
      isAsync: site.isAsync(),
      repeats: 0,
    };
    const last = frames[frames.length - 1];
    const isSame =
      last !== undefined &&
      frame.name === last.name &&
      frame.file === last.file &&
      frame.startLine === last.startLine &&
      frame.startColumn === last.startColumn &&
      frame.isAsync === last.isAsync;
    same = isSame ? same + 1 : 1;
    if (isSame && same > SAME_MAX) last.repeats += 1;
    else frames[frames.length] = frame;
  }
  return { frames, omitted: length - index, isCut: length === DEPTH_MAX };
}
