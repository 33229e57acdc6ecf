// Ends the line that a dead thread was in the middle of, then frees the lock it died with.
import { writeSync } from 'node:fs';
import { isHeldBy, releaseFor } from './line-writer.ts';

export type TornLine = {
  /** Where lines go that a thread may have been torn from. */
  readonly fd: number;
  readonly lock: SharedArrayBuffer;
  /** The dead thread's number in the lock. */
  readonly owner: number;
};

/** While the reader has no room, ms between two tries; nobody else writes meanwhile. */
const RETRY_MS = 16;

/** A thread that held the lock may have written the first half of a long line only: whatever comes
 * next has to start on a line of its own. Never blocks: without room it goes on later. */
export function endTornLine(torn: TornLine): void {
  const { fd, lock, owner } = torn;
  if (!isHeldBy(lock, owner)) return;
  try {
    writeSync(fd, '\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
      setTimeout(() => endTornLine(torn), RETRY_MS);
      return;
    }
    // Nobody reads any more, or a disk is full: no reason to keep the lock.
  }
  releaseFor(lock, owner);
}
