// Reads a stream of log frames; an independent reading of rows A7.11 and A7.12.
import assert from 'node:assert/strict';

export type ReadFrame = {
  readonly format: 'TEXT' | 'JSON';
  readonly level: string;
  readonly micros: bigint;
  readonly message: string;
};

const LEVELS: Readonly<Record<number, string>> = {
  4: 'TRACE',
  8: 'DEBUG',
  12: 'INFO',
  16: 'WARN',
  20: 'ERROR',
  24: 'FATAL',
};

/** Fails where a frame does not begin where the one before it ends, or lacks its end. */
export function readFrames(bytes: Buffer): ReadFrame[] {
  const frames: ReadFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    assert.ok(bytes.length - at >= 16, `a torn header at byte ${at}`);
    const type = bytes.readUInt32BE(at);
    assert.equal(type >>> 8, 0xa55a00, `no frame begins at byte ${at} of ${bytes.length}`);
    const level = LEVELS[type & 0xfc];
    assert.ok(level !== undefined && (type & 2) === 2, `type ${type.toString(16)}`);
    const length = bytes.readInt32BE(at + 4);
    const message = bytes.subarray(at + 16, at + 16 + length);
    assert.equal(message.length, length, `a torn frame at byte ${at}`);
    const format = (type & 1) === 1 ? 'TEXT' : 'JSON';
    const micros = bytes.readBigInt64BE(at + 8);
    frames.push({ format, level, micros, message: message.toString('utf8') });
    at += 16 + length;
  }
  return frames;
}
