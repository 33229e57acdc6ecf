// How much memory this process holds that the kernel cannot take back.
import { openSync, readSync } from 'node:fs';

/** Seven numbers and six spaces. */
const LINE_BYTES_MAX = 160;

/**
 * A function that reads it, in bytes. On Linux that is the memory of its own, without the mapped
 * files: the kernel drops those when memory is short, and Node's own program is 50 MB of them.
 * Elsewhere it is what is resident. Takes 4 µs on Linux, because the file stays open.
 */
export function processMemoryReader(path = '/proc/self/statm'): () => number {
  const residentBytes = (): number => process.memoryUsage.rss();
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // No /proc: not Linux.
    return residentBytes;
  }
  const pageBytes = toPageBytes(residentBytes() / readPages(fd).resident);
  return () => {
    try {
      const { resident, shared } = readPages(fd);
      return (resident - shared) * pageBytes;
    } catch {
      // A handler has closed descriptors that are not its own: nothing is known any more.
      return 0;
    }
  };
}

/** The file counts in pages (proc(5)); whatever grew between two looks, a page is a power of 2. */
function toPageBytes(bytesPerPage: number): number {
  return 2 ** Math.round(Math.log2(bytesPerPage));
}

function readPages(fd: number): { readonly resident: number; readonly shared: number } {
  const line = Buffer.alloc(LINE_BYTES_MAX);
  const text = line.toString('latin1', 0, readSync(fd, line, 0, LINE_BYTES_MAX, 0));
  const [, resident = 0, shared = 0] = text.split(' ').map(Number);
  return { resident, shared };
}
