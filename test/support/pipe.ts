// A real pipe, as Lambda has them; what Node makes for its children are socket pairs.
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** A pipe with no name; the file system is the only door to pipe(2) that Node has. The write end
 * blocks, as one does that is handed over. */
export function openPipe(): { readonly writeFd: number; readonly reader: Readable } {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-pipe-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, constants.O_WRONLY);
  rmSync(folder, { recursive: true });
  return { writeFd, reader: new Socket({ fd: readFd, readable: true, writable: false }) };
}
