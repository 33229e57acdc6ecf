// What one look may cost this thread, which has an answer to send: time, and bytes of files. The
// files are those that the user's thread has named.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Of source maps: all of one look together, bytes, and what may be begun per millisecond that is
 * left. A busy machine reads and parses 70 kB in one, an idle one 250 kB. */
const BYTES_MAX = 16_000_000;
const BYTES_PER_MS = 40_000;
/** A file that is read, but not parsed, counts as this share of its length. */
export const READ_SHARE = 0.25;

export class LookBudget {
  readonly #untilMs: number;
  #bytesLeft = BYTES_MAX;

  /** `untilMs` by `performance.now()`. */
  constructor(untilMs: number) {
    this.#untilMs = untilMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#untilMs;
  }

  /** Whether so many bytes may still be parsed; then they count as parsed. */
  take(bytes: number): boolean {
    const byTime = (this.#untilMs - performance.now()) * BYTES_PER_MS;
    if (bytes > Math.min(this.#bytesLeft, byTime)) return false;
    this.#bytesLeft -= bytes;
    return true;
  }

  /**
   * The text of a file, of which that share counts; undefined when it is more than what is left.
   *
   * @throws when it cannot be read, is empty or is no regular file: a pipe or a device could keep
   * its reader for ever, and so could what /proc shows as an empty file.
   */
  read(path: string, share: number): string | undefined {
    // Without it, to open a pipe waits for a writer.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(descriptor);
      if (!stat.isFile() || stat.size === 0) throw new Error(`Cannot read "${path}": no text`);
      return this.take(stat.size * share) ? readUpTo(descriptor, stat.size) : undefined;
    } finally {
      closeSync(descriptor);
    }
  }
}

/** No more than that, should the file grow meanwhile. */
function readUpTo(descriptor: number, bytes: number): string {
  const buffer = Buffer.allocUnsafe(bytes);
  let length = 0;
  while (length < bytes) {
    const count = readSync(descriptor, buffer, length, bytes - length, null);
    if (count === 0) break;
    length += count;
  }
  return buffer.toString('utf8', 0, length);
}
