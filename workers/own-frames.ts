// Stack traces end where the user's code was called: the frames below are this package's, the same
// in every trace, and say nothing about the error.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the worker's files are, bundled or not. */
const OWN: string = `${dirname(fileURLToPath(import.meta.url))}/`;

/** Node's own frames, and those of built-in functions. */
const INTERNAL_FRAME = /^\s+at ((async )?node:|.*\(node:|.*\(<anonymous>\)$)/;

/** The lines of a trace without the frames of the runtime, nor what Node runs between them at the
 * end; whatever is not a frame is kept. */
export function withoutOwnFrames(trace: readonly string[]): readonly string[] {
  const end = trace.findLastIndex((line) => !isOwnFrame(line) && !INTERNAL_FRAME.test(line)) + 1;
  const called = trace.findIndex((line, index) => index >= end && isOwnFrame(line));
  const users = called < 0 ? trace : trace.slice(0, called);
  return users.filter((line) => !isOwnFrame(line));
}

/** Whether a file, given as its path or URL, is the runtime's. */
export function isOwnFile(file: string): boolean {
  return file.includes(OWN);
}

function isOwnFrame(line: string): boolean {
  return /^\s+at /.test(line) && line.includes(OWN);
}
