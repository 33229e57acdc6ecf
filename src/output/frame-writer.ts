// Whole frames to a descriptor, at once, from any thread. A reader that loses its place in a stream
// of frames never finds it again, so nothing here ever leaves half a frame behind another one:
// - one write for one frame, under a lock that all threads of the process share;
// - what a full pipe has not taken is told in shared memory, where it outlives the thread: whoever
//   writes next completes that frame first, with blanks when its own bytes are gone.
import { writeSync } from 'node:fs';
import { FRAME_HEADER_BYTES, frameFilling } from './log-frame.ts';
import type { WriteGate } from './write-gate.ts';

// Taken before user code can replace it.
const write = writeSync;
const { store } = Atomics;

export type FrameWriterOptions = {
  /** Longest time one write may wait, for the lock and for the reader together, ms; see LineWriter.
   * What could not be written is kept. Undefined: a worker, which waits as long as it takes. */
  readonly tryMs?: number;
  /** Of a thread that may be ended at any moment. */
  readonly gate?: WriteGate | undefined;
};

/** Three words, holder, bytes missing and whose they are; then the header of the torn frame. */
export const FRAME_LOCK_BYTES: number = 3 * Int32Array.BYTES_PER_ELEMENT + FRAME_HEADER_BYTES;

const HOLDER = 0;
const MISSING_BYTES = 1;
const DEBTOR = 2;
const FREE = 0;

/** Pauses while the reader makes room, ms; doubled from the first to the last. */
const FULL_PAUSE_MS_MIN = 1;
const FULL_PAUSE_MS_MAX = 16;
/** How long a thread that others have waited for lets one of them go first, ms. */
const TURN_MS = 1;
/** Between two looks at the lock, ms: a thread that was woken for it may have been ended since. */
const LOCK_PAUSE_MS = 20;
/** What a writer with a time limit keeps for later, bytes; newer frames beyond it are dropped. */
const BACKLOG_BYTES_MAX: number = 256 * 1024;
/** Most bytes that complete a torn frame by one write. */
const FILLING_BYTES_MAX = 4096;

/**
 * Writes to one descriptor; `write` never throws. A closed descriptor or reader silences the writer
 * for good; any other failure (a full disk) costs this frame only.
 */
export class FrameWriter {
  readonly #fd: number;
  readonly #words: Int32Array;
  readonly #tornHeader: Buffer;
  readonly #owner: number;
  readonly #tryMs: number | undefined;
  readonly #gate: WriteGate | undefined;
  /** Nobody notifies it: to wait on it is to sleep, and a sleeping thread can be terminated. */
  readonly #pause: Int32Array = new Int32Array(new SharedArrayBuffer(4));
  /** Of a writer with a time limit; the first may have been written in part. */
  #backlog: Buffer[] = [];
  #backlogBytes = 0;
  /** The frame that this writer has left torn. */
  #torn: Buffer | undefined;
  #isClosed = false;
  #owesTurn = false;
  #endMs: number = Number.POSITIVE_INFINITY;

  /**
   * @param lock FRAME_LOCK_BYTES, shared by all writers of this descriptor.
   * @param owner the thread's number, not 0 and used by no other living thread.
   */
  constructor(
    fd: number,
    lock: SharedArrayBuffer,
    owner: number,
    { tryMs, gate }: FrameWriterOptions = {},
  ) {
    this.#fd = fd;
    this.#words = new Int32Array(lock, 0, 3);
    this.#tornHeader = Buffer.from(lock, this.#words.byteLength, FRAME_HEADER_BYTES);
    this.#owner = owner;
    this.#tryMs = tryMs;
    this.#gate = gate;
  }

  /** True once the descriptor was found closed; nothing is written any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes that a writer with a time limit still has to write. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  /** @param frame whole, as encodeFrame() makes it; not to be changed afterwards. */
  write(frame: Buffer): void {
    if (this.#isClosed) return;
    if (this.#tryMs === undefined) {
      this.#locked(() => this.#writeFrame(frame));
      return;
    }
    if (this.#backlogBytes + frame.byteLength <= BACKLOG_BYTES_MAX) {
      this.#backlog.push(frame);
      this.#backlogBytes += frame.byteLength;
    }
    this.flush();
  }

  /** Completes what a dead thread has left, then writes what is left over here. */
  flush(): void {
    if (this.#isClosed) return;
    if (this.#backlogBytes === 0 && Atomics.load(this.#words, MISSING_BYTES) === 0) return;
    this.#locked(() => this.#writeBacklog());
  }

  #writeBacklog(): void {
    for (let frame = this.#backlog[0]; frame !== undefined; frame = this.#backlog[0]) {
      const isOver = this.#writeFrame(frame);
      if (this.#isClosed) break;
      if (!isOver) return;
      this.#backlog.shift();
      this.#backlogBytes -= frame.byteLength;
    }
    if (!this.#isClosed) {
      this.#payDebt();
      return;
    }
    this.#backlog = [];
    this.#backlogBytes = 0;
  }

  /** False: the time was up. */
  #writeFrame(frame: Buffer): boolean {
    const written = this.#alreadyWritten(frame);
    if (written === 0) {
      if (!this.#payDebt()) return this.#tryMs === undefined;
      frame.copy(this.#tornHeader, 0, 0, FRAME_HEADER_BYTES);
      store(this.#words, DEBTOR, this.#owner);
    }
    const isOver = this.#writeRest(frame, written);
    this.#torn = isOver ? undefined : frame;
    return isOver;
  }

  /** False: the time was up. True as well when it cannot be written; a part of it stays a debt. */
  #writeRest(bytes: Buffer, from: number): boolean {
    let written = from;
    let pauseMs = FULL_PAUSE_MS_MIN;
    while (written < bytes.byteLength) {
      try {
        written += this.#put(bytes, written, bytes.byteLength - written);
        pauseMs = FULL_PAUSE_MS_MIN;
      } catch (error) {
        if (!this.#isFull(error)) return true;
        if (!this.#sleep(pauseMs)) return false;
        pauseMs = Math.min(2 * pauseMs, FULL_PAUSE_MS_MAX);
      }
    }
    return true;
  }

  /** More than none when the time was up in the midst of it and nobody has completed it since. */
  #alreadyWritten(frame: Buffer): number {
    const isOwn = this.#torn === frame && Atomics.load(this.#words, DEBTOR) === this.#owner;
    const missingBytes = Atomics.load(this.#words, MISSING_BYTES);
    return isOwn && missingBytes > 0 ? frame.byteLength - missingBytes : 0;
  }

  /** Completes the frame that somebody has left torn. False: it is still torn. */
  #payDebt(): boolean {
    let pauseMs = FULL_PAUSE_MS_MIN;
    for (;;) {
      const missingBytes = Atomics.load(this.#words, MISSING_BYTES);
      if (missingBytes === 0) return true;
      const filling = frameFilling(this.#tornHeader, missingBytes, FILLING_BYTES_MAX);
      try {
        this.#put(filling, 0, missingBytes);
      } catch (error) {
        if (!this.#isFull(error) || !this.#sleep(pauseMs)) return false;
        pauseMs = Math.min(2 * pauseMs, FULL_PAUSE_MS_MAX);
      }
    }
  }

  /** One write, and the note of what it has left of the frame: a thread that ends between the two
   * would cost the reader its place. */
  #put(bytes: Buffer, from: number, missingBytes: number): number {
    this.#gate?.enter();
    try {
      const count = write(this.#fd, bytes, from, bytes.byteLength - from);
      store(this.#words, MISSING_BYTES, missingBytes - count);
      return count;
    } finally {
      this.#gate?.leave();
    }
  }

  /** Otherwise it cannot be written, now or ever. */
  #isFull(error: unknown): boolean {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN' || code === 'EINTR') return true;
    this.#isClosed = code === 'EPIPE' || code === 'EBADF';
    return false;
  }

  #sleep(pauseMs: number): boolean {
    const leftMs = this.#endMs - performance.now();
    if (leftMs <= 0) return false;
    Atomics.wait(this.#pause, 0, 0, Math.min(pauseMs, leftMs));
    return true;
  }

  #locked(run: () => void): void {
    this.#endMs = performance.now() + (this.#tryMs ?? Number.POSITIVE_INFINITY);
    if (!this.#acquire()) return;
    try {
      run();
    } finally {
      const isHeld =
        Atomics.compareExchange(this.#words, HOLDER, this.#owner, FREE) === this.#owner;
      // A thread that logs without a pause would have the lock back before one that waits is awake.
      this.#owesTurn = isHeld && Atomics.notify(this.#words, HOLDER, 1) > 0;
    }
  }

  /** False: the time was up, or this thread is in the midst of a frame; then nothing is written. */
  #acquire(): boolean {
    if (this.#owesTurn && this.#tryMs === undefined) {
      Atomics.wait(this.#words, HOLDER, FREE, TURN_MS);
    }
    for (;;) {
      const holder = Atomics.compareExchange(this.#words, HOLDER, FREE, this.#owner);
      if (holder === FREE) return true;
      const leftMs = this.#endMs - performance.now();
      if (holder === this.#owner || leftMs <= 0) return false;
      Atomics.wait(this.#words, HOLDER, holder, Math.min(leftMs, LOCK_PAUSE_MS));
    }
  }
}
