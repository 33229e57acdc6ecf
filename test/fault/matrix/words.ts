// How results are worded, the same in docs/faults.md, in README and on the terminal.
import type { FaultRecord, Range, SeenRecord } from './record.ts';

/** What the fixtures throw when they throw as handlers do. */
const OWN_ERROR = 'OrderError';

/** `Type`, or `the result`. */
export function answerWords({ errorType }: SeenRecord): string {
  if (errorType === OWN_ERROR) return 'the handler’s own error';
  return errorType === null ? 'the result' : `\`${errorType}\``;
}

/** When the answer came: before the deadline, or how soon. */
export function whenWords({ by, earlyMs, tookMs }: SeenRecord): string {
  if (by !== 'watchdog' || earlyMs === null) return `after ${rangeWords(tookMs)}`;
  return `${rangeWords(earlyMs)} before the deadline`;
}

export function processWords({ process, when, exitStatus }: FaultRecord): string {
  if (process === 'same') return 'lives';
  if (process === 'restarted') return 'restarted by the guardian';
  if (when === 'init' && exitStatus === null) return 'ended by the platform';
  return 'ends on purpose';
}

/** `0 / 0 / 0 / +1.2 MB`: threads, children, descriptors, memory. */
export function leftWords({ left }: FaultRecord): string {
  if (left === null) return 'a new process';
  const { threads, children, descriptors, rssMb } = left;
  return `${signed(threads)} / ${signed(children)} / ${signed(descriptors)} / ${signed(rssMb)} MB`;
}

export function rangeWords({ min, max }: Range): string {
  const [low, high] = [whole(min), whole(max)];
  return low === high ? `${low} ms` : `${low}–${high} ms`;
}

/** One digit below 10. */
export function whole(ms: number): string {
  return ms < 9.95 ? ms.toFixed(1).replace(/\.0$/, '') : ms.toFixed(0);
}

/** A cell of a Markdown table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

function signed(value: number): string {
  const rounded = Math.round(value);
  return rounded > 0 ? `+${rounded}` : String(rounded).replace('-', '−');
}
