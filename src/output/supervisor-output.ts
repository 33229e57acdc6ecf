// The supervisor's own lines: on stderr, or where the platform wants the function's; and what the
// end of a worker leaves behind on the descriptors that all threads write to.
import type { LogLevel, LogTarget } from '../core/thread-protocol.ts';
import { FrameWriter } from './frame-writer.ts';
import { LineWriter, releaseFor } from './line-writer.ts';
import { encodeFrame } from './log-frame.ts';
import { endTornLine } from './torn-line.ts';
import { closeWriteGate } from './write-gate.ts';

/** The supervisor's number in the locks; slot n has n + 1. */
export const SUPERVISOR_OWNER = 1;
/** The supervisor never waits longer than this for a worker's line to end, ms. */
const TRY_MS = 5;

export class SupervisorOutput {
  /** Of stdout and stderr. */
  readonly lock: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #nowEpochMs: () => number;
  readonly #stderr: LineWriter;
  #target: LogTarget | undefined;
  #lines: LineWriter;
  #frames: FrameWriter | undefined;

  constructor(nowEpochMs: () => number) {
    this.#nowEpochMs = nowEpochMs;
    this.#stderr = new LineWriter(2, this.lock, SUPERVISOR_OWNER, { tryMs: TRY_MS });
    this.#lines = this.#stderr;
  }

  /** From here on lines go where the handlers' go, for the platform may read nothing else. */
  useTarget(target: LogTarget): void {
    const { fd, isFramed, lock } = target;
    this.#target = target;
    if (isFramed) this.#frames = new FrameWriter(fd, lock, SUPERVISOR_OWNER, { tryMs: TRY_MS });
    else this.#lines = new LineWriter(fd, lock, SUPERVISOR_OWNER, { tryMs: TRY_MS });
  }

  /** Text for whoever starts the process: always on stderr. */
  writeText(text: string): void {
    this.#stderr.write(text);
  }

  /** @param line one JSON object and a line feed, in either log format. */
  write(line: string, level: LogLevel): void {
    if (this.#frames === undefined) {
      this.#lines.write(line);
      return;
    }
    const timeEpochMs = this.#nowEpochMs();
    const message = line.trimEnd();
    this.#frames.write(encodeFrame({ format: 'JSON', level, timeEpochMs, message }));
  }

  flush(): void {
    this.#stderr.flush();
    this.#lines.flush();
    this.#frames?.flush();
  }

  /** It is ended next: not between a write of its and the note of what that has written. */
  threadEnding(gate: SharedArrayBuffer | undefined): void {
    if (gate !== undefined) closeWriteGate(gate, TRY_MS);
  }

  /** Frees what that thread died with, and completes what it was in the middle of. */
  threadGone(owner: number): void {
    endTornLine({ fd: 1, lock: this.lock, owner });
    if (this.#target === undefined) return;
    const { fd, isFramed, lock } = this.#target;
    if (!isFramed) endTornLine({ fd, lock, owner });
    else if (releaseFor(lock, owner)) this.#frames?.flush();
  }
}
