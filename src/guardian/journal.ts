// The crash journal: what the guardian and the next process have to know when this one dies in the
// middle of a word. Each fact is one write into the page cache, which outlives the process.
import { closeSync, fstatSync, openSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs';
import type { Invocation, InvocationKey } from '../core/invocation.ts';
import { JOURNAL_SETTLE_MS } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { type JournalAddress, notAJournal } from './journal-address.ts';
import {
  blankJournal,
  decodeRecord,
  encodeRecord,
  FREE,
  formatLine,
  type InFlight,
  LINE_BYTES,
  type Life,
  type LifeState,
  lineOffset,
  parseLine,
  RECORD_BYTES,
  recordOffset,
} from './journal-format.ts';

/** What earlier processes of this environment have left behind. */
export type Past = {
  /** Invocations that were in flight. */
  readonly inFlight: readonly InFlight[];
  /** Records that cannot be read. */
  readonly damagedCount: number;
  /** The platform has seen a poll: it takes no init error any more. */
  readonly hasPolled: boolean;
  /** The environment has been restored from a snapshot, if it is one that can be (SnapStart). */
  readonly isRestored: boolean;
  /** The process before this one has asked for this one. */
  readonly isWanted: boolean;
};

export type JournalOptions = {
  readonly laneCount: number;
  readonly clock: Clock;
  /** Called once, when nothing can be written any more. */
  readonly onFailure: (error: Error) => void;
};

export class Journal {
  readonly past: Past;
  readonly #clock: Clock;
  readonly #fd: number;
  readonly #line: number;
  readonly #onFailure: (error: Error) => void;
  readonly #lanes: readonly Lane[];
  #state: LifeState = 'starting';
  #hasServed = false;
  #isSettling = false;
  #isBroken = false;

  /**
   * Takes the journal over: from now on the guardian takes a death for an accident.
   *
   * @throws RuntimeError when there is no such file.
   */
  constructor(address: JournalAddress, { laneCount, clock, onFailure }: JournalOptions) {
    this.#clock = clock;
    this.#fd = openOwn(address);
    this.#line = address.line;
    this.#onFailure = onFailure;
    this.#lanes = Array.from({ length: laneCount }, (_, lane) => ({
      position: recordOffset(lane),
      record: Buffer.alloc(RECORD_BYTES),
      key: undefined,
      isFree: false,
    }));
    this.past = readPast(this.#fd, address.line, laneCount);
    if (fstatSync(this.#fd).size === 0) {
      takeNameAway(this.#fd, address.path);
      this.#write(blankJournal(laneCount), 0);
    }
    this.#writeLine(0);
  }

  /** The environment has been restored from a snapshot. */
  restored(): void {
    this.#state = 'restored';
    this.#writeLine(0);
  }

  /** A poll is on the wire. */
  polled(): void {
    if (this.#state !== 'starting' && this.#state !== 'restored') return;
    this.#state = 'polled';
    this.#writeLine(0);
  }

  /** An event has come to that lane. */
  begin(laneNumber: number, invocation: Invocation): void {
    const lane = this.#lanes[laneNumber];
    if (lane === undefined) return;
    lane.key = invocation;
    lane.isFree = false;
    this.#write(lane.record, lane.position, encodeRecord(lane.record, invocation));
    if (this.#state === 'serving') return;
    this.#state = 'serving';
    this.#writeLine(0);
  }

  /** The platform has taken its answer. The lane may be at the next event by now. */
  end(laneNumber: number, key: InvocationKey): void {
    const lane = this.#lanes[laneNumber];
    if (lane?.key?.requestId === key.requestId && lane.key.invocationId === key.invocationId) {
      lane.key = undefined;
      this.#settleSoon();
    }
    if (this.#hasServed) return;
    this.#hasServed = true;
    this.#writeLine(1);
  }

  /** What earlier processes had in flight is settled. */
  forgetPast(): void {
    this.#settle();
  }

  /** The process ends on purpose, and the guardian with this exit code. */
  ended(exitCode: number): void {
    this.#state = 'ended';
    this.#writeLine(exitCode);
  }

  /** The process ends on purpose, and the guardian shall start another. */
  wantRestart(): void {
    this.#state = 'restart';
    this.#writeLine(this.#hasServed ? 1 : 0);
  }

  /** A lane that is busy again by then has spared itself the write. */
  #settleSoon(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    this.#clock.scheduleAt(this.#clock.nowEpochMs() + JOURNAL_SETTLE_MS, () => {
      this.#isSettling = false;
      this.#settle();
    });
  }

  #settle(): void {
    for (const lane of this.#lanes) {
      if (lane.key !== undefined || lane.isFree) continue;
      lane.isFree = true;
      this.#write(FREE, lane.position);
    }
  }

  #writeLine(detail: number): void {
    this.#write(formatLine(this.#line, { state: this.#state, detail }), lineOffset(this.#line));
  }

  #write(bytes: Uint8Array, position: number, length: number = bytes.byteLength): void {
    if (this.#isBroken) return;
    try {
      writeSync(this.#fd, bytes, 0, length, position);
    } catch (error) {
      this.#isBroken = true;
      this.#onFailure(error as Error);
    }
  }
}

type Lane = {
  readonly position: number;
  readonly record: Buffer;
  /** What is in flight, as far as this process knows. */
  key: InvocationKey | undefined;
  /** Its record says that nothing is. */
  isFree: boolean;
};

/** A descriptor that programs which the handler starts do not inherit, where the system has one. */
function openOwn({ fd, path }: JournalAddress): number {
  let own: number;
  try {
    if (!fstatSync(fd).isFile()) throw new Error('it is not a file');
    own = openSync(`/proc/self/fd/${fd}`, 'r+');
  } catch {
    return checkedFd(fd, path);
  }
  closeSync(fd);
  return own;
}

/** From here on nobody can remove the file, and nothing is left behind. */
function takeNameAway(fd: number, path: string): void {
  try {
    if (statSync(path).ino === fstatSync(fd).ino) unlinkSync(path);
  } catch {
    // Somebody was faster.
  }
}

function checkedFd(fd: number, path: string): number {
  try {
    if (fstatSync(fd).isFile()) return fd;
  } catch {
    // Not open: the same mistake.
  }
  throw notAJournal(`${fd} … ${path}`);
}

function readPast(fd: number, line: number, laneCount: number): Past {
  const lives = Array.from({ length: line }, (_, at) => {
    const bytes = readAt(fd, lineOffset(at), LINE_BYTES);
    return { life: parseLine(at, bytes), isBlank: bytes.every((byte) => byte <= 0x20) };
  });
  const records = Array.from({ length: laneCount }, (_, lane) =>
    decodeRecord(readAt(fd, recordOffset(lane), RECORD_BYTES)),
  );
  return {
    inFlight: records.filter((record) => typeof record !== 'string'),
    damagedCount: records.filter((record) => record === 'damaged').length,
    // A line that is neither blank nor a line may have said so.
    hasPolled: lives.some((one) => !one.isBlank && !isAmong(one.life, ['starting', 'restored'])),
    isRestored: lives.some((one) => !one.isBlank && !isAmong(one.life, ['starting'])),
    isWanted: lives.at(-1)?.life?.state === 'restart',
  };
}

function isAmong(life: Life | undefined, states: readonly LifeState[]): boolean {
  return life !== undefined && states.includes(life.state);
}

function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}
