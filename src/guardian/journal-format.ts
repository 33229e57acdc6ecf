// What the journal's bytes mean. Nothing here trusts them: a handler can write to any file that the
// process has open, and a record that does not check out is no record.
//
// The file has lines for the guardian, one for each life of the process, and behind them records
// for the next process, one for each lane: what is in flight.
import type { InvocationKey } from '../core/invocation.ts';
import { GUARDIAN_LIVES_MAX } from '../core/limits.ts';

/**
 * - `starting`: nothing has been asked of the Runtime API.
 * - `restored`: the environment has been restored from a snapshot, and not polled since.
 * - `polled`: a poll is out, no event has come.
 * - `serving`: an event has come.
 * - `ended`: the process ends on purpose, and the environment with it.
 * - `restart`: the process ends on purpose, another shall go on.
 */
export type LifeState = 'starting' | 'restored' | 'polled' | 'serving' | 'ended' | 'restart';

export type Life = {
  readonly state: LifeState;
  /** The exit code of a life that has ended; else 1 when it has answered an invocation, or 0. */
  readonly detail: number;
};

export type InFlight = InvocationKey & { readonly deadlineEpochMs: number | undefined };

const STATES: readonly LifeState[] = [
  'starting',
  'restored',
  'polled',
  'serving',
  'ended',
  'restart',
];
const MARK = 'bulkhead';
/** Read by a shell, one line at a time. */
export const LINE_BYTES = 32;
const LINES_BYTES = LINE_BYTES * GUARDIAN_LIVES_MAX;

/** A power of two, so that a record lies in one page and one write cannot be cut in two by it. */
export const RECORD_BYTES = 512;
const RECORD_MAGIC = 0x42_48_4a_31;
const AT = {
  magic: 0,
  checksum: 4,
  deadline: 8,
  requestId: 16,
  invocationId: 18,
  text: 20,
} as const;
/** So many characters fit whatever they are; ids have fewer. */
const CHARACTERS_MAX = (RECORD_BYTES - AT.text) / 4;
/** Length of an invocation id that there is not. */
const ABSENT = 0xffff;

export function lineOffset(line: number): number {
  return line * LINE_BYTES;
}

export function recordOffset(lane: number): number {
  return LINES_BYTES + lane * RECORD_BYTES;
}

/** A new file: blank lines, free records. Every block is there, so no later write lacks space. */
export function blankJournal(laneCount: number): Buffer {
  const lines = `${' '.repeat(LINE_BYTES - 1)}\n`.repeat(GUARDIAN_LIVES_MAX);
  return Buffer.concat([Buffer.from(lines), Buffer.alloc(laneCount * RECORD_BYTES)]);
}

export function formatLine(line: number, { state, detail }: Life): Buffer {
  const text = `${MARK} ${String(line).padEnd(4)} ${state.padEnd(8)} ${detail}`;
  return Buffer.from(`${text.padEnd(LINE_BYTES - 1)}\n`);
}

/** Undefined: that life has written nothing, or it is not what it has written. */
export function parseLine(line: number, bytes: Uint8Array): Life | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const match = /^bulkhead (\d{1,4}) +([a-z]{5,8}) +(\d{1,3}) *\n$/.exec(text);
  const state = STATES.find((one) => one === match?.[2]);
  if (state === undefined || match?.[1] !== String(line)) return undefined;
  return { state, detail: Number(match[3]) };
}

/**
 * Puts what is in flight into a record and returns its length in bytes. Ids that are too long leave
 * it free: that invocation cannot be answered after a death.
 */
export function encodeRecord(record: Buffer, inFlight: InFlight): number {
  const { requestId, invocationId = '', deadlineEpochMs } = inFlight;
  const characters = requestId.length + invocationId.length;
  if (characters > CHARACTERS_MAX && !fits(requestId + invocationId)) {
    record.writeUInt32LE(0, AT.magic);
    return AT.checksum;
  }
  const middle = AT.text + record.write(requestId, AT.text);
  const end = middle + record.write(invocationId, middle);
  record.writeUInt32LE(RECORD_MAGIC, AT.magic);
  record.writeDoubleLE(deadlineEpochMs ?? 0, AT.deadline);
  record.writeUInt16LE(middle - AT.text, AT.requestId);
  record.writeUInt16LE(
    inFlight.invocationId === undefined ? ABSENT : end - middle,
    AT.invocationId,
  );
  record.writeUInt32LE(checksum(record, end), AT.checksum);
  return end;
}

function fits(text: string): boolean {
  return AT.text + Buffer.byteLength(text) <= RECORD_BYTES;
}

/** What makes a record free: these bytes at its beginning. */
export const FREE: Uint8Array = new Uint8Array(AT.checksum);

/** `free`: nothing is in flight there. `damaged`: something may be, and cannot be read. */
export function decodeRecord(record: Buffer): InFlight | 'free' | 'damaged' {
  if (record.length < AT.text) return record.every((byte) => byte === 0) ? 'free' : 'damaged';
  const magic = record.readUInt32LE(AT.magic);
  if (magic === 0) return 'free';
  const requestIdBytes = record.readUInt16LE(AT.requestId);
  const invocationIdLength = record.readUInt16LE(AT.invocationId);
  const invocationIdBytes = invocationIdLength === ABSENT ? 0 : invocationIdLength;
  const middle = AT.text + requestIdBytes;
  const end = middle + invocationIdBytes;
  if (magic !== RECORD_MAGIC || requestIdBytes === 0 || end > record.length) return 'damaged';
  if (record.readUInt32LE(AT.checksum) !== checksum(record, end)) return 'damaged';
  const deadlineEpochMs = record.readDoubleLE(AT.deadline);
  return {
    requestId: record.toString('utf8', AT.text, middle),
    invocationId: invocationIdLength === ABSENT ? undefined : record.toString('utf8', middle, end),
    deadlineEpochMs: deadlineEpochMs > 0 ? deadlineEpochMs : undefined,
  };
}

/** FNV-1a over what follows the checksum: against accidents, not against an enemy. */
function checksum(record: Buffer, end: number): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = AT.deadline; at < end; at += 1) {
    hash = Math.imul(hash ^ (record[at] ?? 0), 0x01_00_01_93);
  }
  return hash >>> 0;
}
