import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOG_LEVELS } from '../../../src/core/thread-protocol.ts';
import { encodeFrame, FRAME_HEADER_BYTES, frameFilling } from '../../../src/output/log-frame.ts';
import { readFrames } from '../../support/frames.ts';

const EPOCH_MS = Date.parse('2026-01-02T03:04:05.678Z');

const frameOf = (message: string, format: 'TEXT' | 'JSON' = 'TEXT'): Buffer =>
  encodeFrame({ format, level: 'INFO', timeEpochMs: EPOCH_MS, message });

test('encodeFrame() writes type, length and microseconds, all of them big-endian', () => {
  const frame = frameOf('é\n');

  assert.equal(frame.toString('hex'), 'a55a000f' + '00000003' + '0006475ef6574bb0' + 'c3a90a');
});

test('encodeFrame() has a type for each format and level', () => {
  const types = (format: 'TEXT' | 'JSON'): string[] =>
    LOG_LEVELS.map((level) =>
      encodeFrame({ format, level, timeEpochMs: 0, message: '' }).toString('hex', 0, 4),
    );

  const expect = (ends: string): string[] => ends.split(' ').map((end) => `a55a00${end}`);
  assert.deepEqual(types('TEXT'), expect('07 0b 0f 13 17 1b'));
  assert.deepEqual(types('JSON'), expect('06 0a 0e 12 16 1a'));
});

test('encodeFrame() stands a clock that is before 1970, broken or out of range', () => {
  const micros = [-1.5, Number.NaN, 1e300, Number.POSITIVE_INFINITY].map((timeEpochMs) => {
    return encodeFrame({ format: 'TEXT', level: 'INFO', timeEpochMs, message: '' });
  });

  assert.deepEqual(
    micros.map((frame) => frame.readBigInt64BE(8)),
    [-1000n, 0n, 0n, 0n],
  );
});

for (const format of ['TEXT', 'JSON'] as const) {
  test(`frameFilling() completes a ${format} frame that was cut anywhere`, () => {
    const frame = frameOf('message\n', format);
    const header = frame.subarray(0, FRAME_HEADER_BYTES);
    for (let cut = 1; cut < frame.length; cut += 1) {
      for (const bytesMax of [1, 5, 4096]) {
        let whole = frame.subarray(0, cut);
        while (whole.length < frame.length) {
          const filling = frameFilling(header, frame.length - whole.length, bytesMax);
          assert.ok(filling.length <= bytesMax);
          whole = Buffer.concat([whole, filling]);
        }
        const [read] = readFrames(whole);
        assert.equal(read?.format, format);
        assert.equal(read?.message.trimEnd(), 'message'.slice(0, Math.max(0, cut - 16)));
        assert.equal(read?.message.endsWith('\n'), format === 'TEXT');
      }
    }
  });
}
