// Whole lines to a file descriptor, at once, from any thread. Knows nothing of what a line means.
//
// Why not process.stdout: in a worker it hands lines to the main thread, which gets them when it
// turns its loop; a terminate(), a busy loop or an exit loses them. A synchronous write to the
// descriptor is in the kernel's hands when it returns, whatever becomes of the thread.
//
// Why a lock: a write longer than PIPE_BUF (4096 bytes) is not atomic, so lines of two threads
// tear each other apart.
import { writeSync } from 'node:fs';

export type LineWriterOptions = {
  /** Longest time one write may wait, for the lock and for the reader together, ms. For the
   * supervisor, whose timers must not depend on who reads the log. Undefined: a worker, which waits
   * for a slow reader as long as it takes: its deadline is watched from outside. */
  readonly tryMs?: number;
};

/** Longest wait for the lock, ms. Only a defect gets here: a dead holder is released by
 * releaseFor(), a live one holds the lock for the few microseconds of a write, or as long as the
 * reader is slow. Then the lock is taken over: a torn line is better than a lost one. */
const LOCK_MS_MAX = 5000;
/** Pauses while the reader makes room, ms; doubled from the first to the last. */
const FULL_PAUSE_MS_MIN = 1;
const FULL_PAUSE_MS_MAX = 16;
/** What a writer with a time limit keeps for later, bytes; newer lines beyond it are dropped. */
const BACKLOG_BYTES_MAX: number = 256 * 1024;

/** Content of the lock when nobody writes. */
const FREE = 0;

/**
 * Writes to one descriptor under a lock shared by all threads.
 *
 * `write` never throws. A closed descriptor or reader (EBADF, EPIPE) silences the writer for good,
 * because no later write can succeed and a log that nobody reads must not fail an invocation; any
 * other failure (a full disk) costs this line only.
 */
export class LineWriter {
  readonly #fd: number;
  readonly #lock: Int32Array;
  readonly #owner: number;
  readonly #tryMs: number | undefined;
  /** Nobody ever notifies it: waiting on it is sleeping, and unlike a write(2) that blocks in the
   * kernel a sleeping thread can be terminated. */
  readonly #pause: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  #backlog: Uint8Array[] = [];
  #backlogBytes = 0;
  #isClosed = false;
  /** When the running operation has to be over, on performance.now(). */
  #endMs: number = Number.POSITIVE_INFINITY;

  /**
   * @param fd open for writing. Better non-blocking, for the sake of terminate(): Node makes a pipe
   * so when the main thread's process.stdout comes to life, which `new Worker` sees to.
   * @param lock one int32, shared by all writers of this and of other descriptors that end up in
   * the same log.
   * @param owner the thread's number, not 0 and used by no other living thread.
   */
  constructor(fd: number, lock: SharedArrayBuffer, owner: number, options: LineWriterOptions = {}) {
    this.#fd = fd;
    this.#lock = new Int32Array(lock, 0, 1);
    this.#owner = owner;
    this.#tryMs = options.tryMs;
  }

  /** True once the descriptor was found closed; nothing is written any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes that a writer with a time limit still has to write. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  /** Writes all of it, or, with a time limit, what the reader takes; the rest goes out first at the
   * next write or flush. */
  write(text: string | Uint8Array): void {
    if (this.#isClosed) return;
    const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
    if (bytes.byteLength === 0) return;
    if (this.#backlogBytes > 0 && !this.#remember(bytes)) return;
    this.#locked(() => {
      if (this.#backlogBytes > 0) this.#writeBacklog();
      else this.#writeFirst(bytes);
    });
  }

  /** Tries once more to write what is left over. */
  flush(): void {
    if (this.#isClosed || this.#backlogBytes === 0) return;
    this.#locked(() => this.#writeBacklog());
  }

  #writeFirst(bytes: Uint8Array): void {
    const written = this.#writeBytes(bytes);
    if (written < bytes.byteLength && !this.#isClosed) this.#remember(bytes.slice(written));
  }

  #writeBacklog(): void {
    while (this.#backlog.length > 0) {
      const bytes = this.#backlog[0] ?? new Uint8Array();
      const written = this.#writeBytes(bytes);
      this.#backlogBytes -= written;
      if (written < bytes.byteLength) {
        this.#backlog[0] = bytes.subarray(written);
        break;
      }
      this.#backlog.shift();
    }
    if (!this.#isClosed) return;
    this.#backlog = [];
    this.#backlogBytes = 0;
  }

  /** Copies, because the caller may reuse its buffer. */
  #remember(bytes: Uint8Array): boolean {
    if (this.#backlogBytes + bytes.byteLength > BACKLOG_BYTES_MAX) return false;
    this.#backlog.push(bytes.slice());
    this.#backlogBytes += bytes.byteLength;
    return true;
  }

  /** Bytes written; fewer than given only when the time is up or the descriptor is closed. */
  #writeBytes(bytes: Uint8Array): number {
    let written = 0;
    let pauseMs = FULL_PAUSE_MS_MIN;
    while (written < bytes.byteLength) {
      try {
        written += writeSync(this.#fd, bytes, written, bytes.byteLength - written);
        pauseMs = FULL_PAUSE_MS_MIN;
        continue;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'EINTR') continue;
        if (code !== 'EAGAIN') {
          this.#isClosed = code === 'EPIPE' || code === 'EBADF';
          // Claimed as written: this line is lost, and trying again would be lost time.
          return bytes.byteLength;
        }
      }
      const leftMs = this.#endMs - performance.now();
      if (leftMs <= 0) break;
      Atomics.wait(this.#pause, 0, 0, Math.min(pauseMs, leftMs));
      pauseMs = Math.min(2 * pauseMs, FULL_PAUSE_MS_MAX);
    }
    return written;
  }

  #locked(run: () => void): void {
    this.#endMs = performance.now() + (this.#tryMs ?? Number.POSITIVE_INFINITY);
    const isHeld = this.#acquire();
    try {
      run();
    } finally {
      // Not the holder's any more when somebody took the lock over: then there is nothing to free.
      if (isHeld) releaseFor(this.#lock.buffer as SharedArrayBuffer, this.#owner);
    }
  }

  /** False: the time was up, or this thread holds the lock already; write without it. */
  #acquire(): boolean {
    const endMs = Math.min(this.#endMs, performance.now() + LOCK_MS_MAX);
    for (;;) {
      const holder = Atomics.compareExchange(this.#lock, 0, FREE, this.#owner);
      if (holder === FREE) return true;
      if (holder === this.#owner) return false;
      const leftMs = endMs - performance.now();
      if (leftMs > 0) {
        Atomics.wait(this.#lock, 0, holder, leftMs);
        continue;
      }
      if (this.#tryMs !== undefined) return false;
      if (Atomics.compareExchange(this.#lock, 0, holder, this.#owner) === holder) return true;
    }
  }
}

/** Whether that thread, dead or alive, is the one that may write. */
export function isHeldBy(lock: SharedArrayBuffer, owner: number): boolean {
  return Atomics.load(new Int32Array(lock, 0, 1), 0) === owner;
}

/**
 * Frees the lock in the name of a thread that is gone: `terminate()` runs no `finally`.
 *
 * @returns true when that thread held it: its last line may lack an end, so the caller should write
 * a line feed before anything else.
 */
export function releaseFor(lock: SharedArrayBuffer, owner: number): boolean {
  const word = new Int32Array(lock, 0, 1);
  const isHeld = Atomics.compareExchange(word, 0, owner, FREE) === owner;
  if (isHeld) Atomics.notify(word, 0, 1);
  return isHeld;
}
