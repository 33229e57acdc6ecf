// One log record -> one frame of the platform's telemetry protocol (rows A7.11 and A7.12): a header
// of 16 bytes, big-endian, then the message.
//
//   u32 type | i32 bytes of the message | i64 microseconds since 1970 | message in UTF-8
import { LOG_LEVELS, type LogLevel } from '../core/thread-protocol.ts';

export const FRAME_HEADER_BYTES = 16;

const TYPE_TEXT = 0xa55a0003;
const TYPE_JSON = 0xa55a0002;
/** What makes a message of the least level; each next level is one more of it. */
const LEVEL_STEP = 4;
/** Furthest moment that a Date can hold, ms; a handler's fake clock may return anything. */
const EPOCH_MS_MAX = 8.64e15;

// Taken before user code can replace it.
const toBigInt = BigInt;

export type LogRecord = {
  readonly format: 'TEXT' | 'JSON';
  readonly level: LogLevel;
  readonly timeEpochMs: number;
  /** TEXT ends with a line feed and may hold others; JSON has none at its end. */
  readonly message: string;
};

/** The whole frame in one piece, to be written by one write. */
export function encodeFrame({ format, level, timeEpochMs, message }: LogRecord): Buffer {
  const messageBytes = Buffer.byteLength(message, 'utf8');
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + messageBytes);
  const mask = LEVEL_STEP * (LOG_LEVELS.indexOf(level) + 1);
  // Unsigned: in JavaScript `|` makes the highest bit a sign.
  frame.writeUInt32BE(((format === 'JSON' ? TYPE_JSON : TYPE_TEXT) | mask) >>> 0, 0);
  frame.writeInt32BE(messageBytes, 4);
  frame.writeBigInt64BE(toMicroseconds(timeEpochMs), 8);
  frame.write(message, FRAME_HEADER_BYTES, 'utf8');
  return frame;
}

/**
 * What completes a frame of which only the beginning is there, so that the reader finds the next
 * one: the rest of its header, blanks for the message, a line feed where there would have been one.
 *
 * @param header the frame's own, whole.
 * @param missingBytes how many bytes at its end have not been written.
 * @param bytesMax at most so many of them are returned; the next call returns more.
 */
export function frameFilling(header: Buffer, missingBytes: number, bytesMax: number): Buffer {
  const messageBytes = header.readInt32BE(4);
  const missingOfHeader = Math.max(0, missingBytes - messageBytes);
  const filling = Buffer.alloc(Math.min(missingBytes, bytesMax), ' ');
  header.copy(filling, 0, FRAME_HEADER_BYTES - missingOfHeader);
  const isText = (header.readUInt8(3) & 1) === 1;
  const isToEnd = filling.length === missingBytes && missingBytes > missingOfHeader;
  if (isText && isToEnd) filling[filling.length - 1] = 0x0a;
  return filling;
}

function toMicroseconds(epochMs: number): bigint {
  const isInRange = Math.abs(epochMs) <= EPOCH_MS_MAX;
  return toBigInt(isInRange ? Math.trunc(epochMs) : 0) * 1000n;
}
