// Stack traces end where the user's code was called: the frames below are this package's and
// Piscina's, the same in every trace, and say nothing about the error.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The worker's files, bundled or not, and the pool's entry point that calls them. */
const OWN: readonly string[] = [
  `${dirname(fileURLToPath(import.meta.url))}/`,
  '/node_modules/piscina/dist/worker.js:',
];

/** The lines of a trace without the frames of the runtime; whatever is not a frame is kept. */
export function withoutOwnFrames(trace: readonly string[]): readonly string[] {
  return trace.filter((line) => !isOwnFrame(line));
}

/** Whether a file, given as its path or URL, is the runtime's. */
export function isOwnFile(file: string): boolean {
  return OWN.some((place) => `${file}:`.includes(place));
}

function isOwnFrame(line: string): boolean {
  return /^\s+at /.test(line) && OWN.some((place) => line.includes(place));
}
