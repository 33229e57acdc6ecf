// Where a handler was when its time was up, in the words that a timeout answer carries.
import type { PendingResource } from './thread-protocol.ts';

/** Frames are "name (file:line:column)", innermost first; `... 99 more frames` may be in there. */
export type Evidence =
  /** JavaScript was running: its call stack. */
  | {
      readonly kind: 'busy';
      readonly frames: readonly string[];
      /** How long before the end that was; 0 for a stack taken at the end. */
      readonly ageMs: number;
      /** Number of the invocation whose code it was, where several run in one thread and that one
       * is known; not in the answer's words. */
      readonly owner?: number | undefined;
    }
  /** The thread's loop was idle: what it waited for. */
  | {
      readonly kind: 'waiting';
      readonly resources: readonly PendingResource[];
      /** Where its async functions are suspended; empty when that was not found. */
      readonly frames: readonly string[];
    }
  /** Neither JavaScript nor the loop answered: the thread is inside one native call. */
  | {
      readonly kind: 'native';
      /** What the operating system says of the thread; undefined where it says nothing. */
      readonly state: string | undefined;
      /** Command lines of the child processes that the thread seems to wait for. */
      readonly children: readonly string[];
      /** The last stack that was seen, and how long before the end. */
      readonly lastSeen: { readonly frames: readonly string[]; readonly ageMs: number } | undefined;
    }
  /** Its thread was blocked by another invocation. */
  | {
      readonly kind: 'held';
      /** Request id of that one; undefined: it is over, and its work goes on. */
      readonly by: string | undefined;
      /** What that one did. */
      readonly inside: Evidence;
    }
  /** No handler was running, and why. */
  | { readonly kind: 'unstarted'; readonly reason: string }
  /** Nothing is known, and why. */
  | { readonly kind: 'none'; readonly reason: string };

/** Evidence and, when one was asked for, the file of the CPU profile. */
export type EvidenceReport = {
  readonly evidence: Evidence;
  readonly profilePath: string | undefined;
};

/** Type of a pending resource that is none of Node's: where async functions are suspended. Its
 * details are frames as JSON (`RawFrame`), innermost first. */
export const SUSPENDED_TYPE = 'suspended async function';

/** Stands in a detail before the place of a function, "file:line:column". */
export const CALLBACK_AT = ', with the callback at ';

/** `startProblem`: why no worker could be had, where that is known. */
export function unstartedEvidence(isOverdue: boolean, startProblem: string | undefined): Evidence {
  if (isOverdue) return { kind: 'unstarted', reason: 'the event came after its deadline' };
  const problem = startProblem === undefined ? '' : `, and the last start failed: ${startProblem}`;
  return { kind: 'unstarted', reason: `the event waited for a worker${problem}` };
}

/** The `trace` of a timeout answer: one line per frame or resource, the most telling first. */
export function toEvidenceTrace(evidence: Evidence): readonly string[] {
  switch (evidence.kind) {
    case 'busy': {
      const lines = evidence.frames.map(toFrameLine);
      return evidence.ageMs === 0 ? lines : [...lines, `seen ${toAge(evidence.ageMs)} the end`];
    }
    case 'waiting':
      return [
        ...evidence.frames.map(toFrameLine),
        ...(evidence.resources.length === 0
          ? [`${NOTHING_LISTED}: no timer, socket, child process or the like`]
          : []),
        ...evidence.resources.map(toResourceLine),
      ];
    case 'native':
      return toNativeLines(evidence);
    case 'held':
      return [`${toHolder(evidence)}:`, ...toEvidenceTrace(evidence.inside)];
    case 'unstarted':
      return [`${UNSTARTED}: ${evidence.reason}`];
    case 'none':
      return [`Where the handler was is not known: ${evidence.reason}`];
  }
}

/** The same in one line, for the log. */
export function evidenceSummary(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'busy':
      return `busy in ${toPlace(evidence.frames)}`;
    case 'waiting':
      return toWaitingSummary(evidence);
    case 'native': {
      const { children, lastSeen } = evidence;
      if (children.length > 0) return `waiting for a child process: ${children.join(', ')}`;
      const where = lastSeen === undefined ? '' : `, last seen in ${toPlace(lastSeen.frames)}`;
      return `inside a native call${toState(evidence.state)}${where}`;
    }
    case 'held':
      return `${toHolder(evidence)}, ${evidenceSummary(evidence.inside)}`;
    case 'unstarted':
      return `${UNSTARTED}: ${evidence.reason}`;
    case 'none':
      return `not known: ${evidence.reason}`;
  }
}

const UNSTARTED = 'no handler was running';
const NOTHING_LISTED = 'waiting, but for nothing that Node lists';
const NATIVE = 'no sign of its thread: it is inside one native call or built-in function';

function toHolder({ by }: Extract<Evidence, { kind: 'held' }>): string {
  return `its thread was blocked by ${by === undefined ? 'an earlier invocation' : `invocation ${by}`}`;
}

type Waiting = Extract<Evidence, { kind: 'waiting' }>;
type Native = Extract<Evidence, { kind: 'native' }>;

function toNativeLines({ state, children, lastSeen }: Native): readonly string[] {
  const lines = children.map((command) => `waiting for a child process: ${command}`);
  if (lines.length === 0) lines.push(`${NATIVE}${toState(state)}`);
  if (lastSeen === undefined) return lines;
  return [
    ...lines,
    `last seen ${toAge(lastSeen.ageMs)} that:`,
    ...lastSeen.frames.map(toFrameLine),
  ];
}

function toResourceLine({ type, count, details }: PendingResource): string {
  const told = details.length === 0 ? '' : `: ${details.join(', ')}`;
  const more = details.length > 0 && details.length < count ? ', ...' : '';
  return `waiting for ${count} ${type}${told}${more}`;
}

function toWaitingSummary({ resources, frames }: Waiting): string {
  const what = resources.map(({ type, count }) => `${count} ${type}`).join(', ');
  if (frames.length === 0) return what === '' ? NOTHING_LISTED : `waiting for ${what}`;
  return `waiting in ${toPlace(frames)}${what === '' ? '' : ` for ${what}`}`;
}

/** The innermost function that is the user's, after the built-in one that it is in. */
function toPlace(frames: readonly string[]): string {
  const [innermost = 'code that shows no frame'] = frames;
  const own = frames.find((frame) => !/\((<anonymous>|node:[^)]*)\)$/.test(frame));
  if (own === undefined || own === innermost) return innermost;
  return `${innermost.replace(/ \(.*$/, '')}, called by ${own}`;
}

function toState(state: string | undefined): string {
  return state === undefined ? '' : ` (its thread is ${state})`;
}

function toAge(ms: number): string {
  return `${Math.round(ms)} ms before`;
}

function toFrameLine(frame: string): string {
  return frame.startsWith('...') ? `    ${frame}` : `    at ${frame}`;
}
