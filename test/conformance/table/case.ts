// One case of the table: a function, what the platform does to it, and what has to be seen. Its
// rows are those of the reference client's behaviour; rows.ts says what each of them is about.
import type { Run } from './observed-run.ts';

/**
 * - `M` match: it holds for the reference client and for us.
 * - `B` better: it holds for us; what the reference client does is recorded.
 * - `D` differs on purpose: it holds for us, and README says so; the other is recorded.
 */
export type Stance = 'M' | 'B' | 'D';

export type Kind = 'commonjs' | 'esm';
export const KINDS: readonly Kind[] = ['commonjs', 'esm'];

/** What part of the runtime a case needs that is not there yet; see cases.ts. */
export type Need = 'streaming' | 'snapstart' | 'process';

/** The reply to one poll. */
export type NextReply = {
  /** Default: `{}`. */
  readonly body?: string | Buffer;
  /** Beside the usual ones, in the case in which they are written; undefined: not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Default: 200. */
  readonly status?: number;
  /** Handed out once stdout has this. */
  readonly after?: RegExp;
  /** The connection is reset, and the poll that comes then gets the next reply. */
  readonly resets?: true;
};

/** The reply to one result or error; the usual one is 202. */
export type PostReply = {
  readonly status: number;
  readonly body?: string;
  /** Sent once stdout has this. */
  readonly after?: RegExp;
  /** The connection is reset as soon as a piece of the body has come. */
  readonly resets?: true;
};

export type ConformanceCase = {
  readonly rows: readonly [string, ...string[]];
  readonly stance: Stance;
  /** A sentence that is true when the case holds. */
  readonly says: string;
  /** The handler, as an expression that means the same in CommonJS and in an ES module. */
  readonly code?: string;
  /** Statements in front of it, which mean the same in both. */
  readonly before?: string;
  /** The kinds of module that the code is run as. Default: both; with files, none is made. */
  readonly kinds?: readonly Kind[];
  /** Files of the function, by their path in its folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** `_HANDLER`; `<task>` in it is the function's folder. Default: `index.handler`. */
  readonly handler?: string;
  /** The command line. */
  readonly args?: readonly string[];
  /** Beside Lambda's own; undefined: not set. `<task>` in a value is the function's folder. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The working folder, in the function's. */
  readonly cwd?: string;
  /** Has the guardian start ours. */
  readonly isGuarded?: true;
  /** Descriptor 3 is a pipe for log frames. */
  readonly hasFrames?: true;
  /** The events in their order. Default: one. */
  readonly events?: readonly NextReply[];
  readonly posts?: readonly PostReply[];
  /** The run is over no sooner than stdout and stderr have had this. */
  readonly until?: RegExp;
  /** SIGTERM follows as soon as stdout has this. */
  readonly stopsAfter?: RegExp;
  /** How long the reference client is waited for, ms, where it is known to hang. */
  readonly referenceMs?: number;
  /** The process of the case must be its own, although it could be shared. */
  readonly isAlone?: true;
  readonly needs?: Need;
  /** What the report tells of a run in which the case does not hold. Default: the answers. */
  readonly tell?: (run: Run) => string;
  /** Throws when the case does not hold. */
  readonly check: (run: Run) => void | Promise<void>;
};

/** What makes the process of a case another than the usual one. */
const OWN_PROCESS: readonly (keyof ConformanceCase)[] = [
  ...(['files', 'handler', 'args', 'env', 'cwd', 'isGuarded', 'hasFrames', 'posts'] as const),
  ...(['until', 'stopsAfter', 'isAlone', 'needs', 'before'] as const),
];

/** Several such cases can be served by one process, one after the other. */
export function mayShare(one: ConformanceCase): boolean {
  const isUsual = OWN_PROCESS.every((key) => one[key] === undefined);
  const events = one.events ?? [];
  return (
    isUsual &&
    events.every(({ headers = {}, status, resets }) => {
      return !('Lambda-Runtime-Aws-Request-Id' in headers) && status === undefined && !resets;
    })
  );
}

/** The kinds of module that the case is run as; undefined: it brings its own files. */
export function kindsOf(one: ConformanceCase): readonly (Kind | undefined)[] {
  return one.code === undefined ? [undefined] : (one.kinds ?? KINDS);
}
