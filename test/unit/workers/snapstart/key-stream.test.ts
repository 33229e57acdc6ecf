import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyStream, readKernel } from '../../../../workers/snapstart/key-stream.ts';

test('before it is keyed it changes nothing', () => {
  const stream = new KeyStream();
  const bytes = new Uint8Array(8);
  stream.mix(bytes);
  assert.equal(stream.isKeyed, false);
  assert.deepEqual(bytes, new Uint8Array(8));
});

test('two copies of it that are keyed give different bytes, each time', () => {
  const streams = [new KeyStream(), new KeyStream()];
  const seen = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    for (const stream of streams) {
      if (round !== 1) stream.key();
      const bytes = Buffer.alloc(16);
      stream.mix(bytes);
      seen.add(bytes.toString('hex'));
    }
  }
  assert.equal(seen.size, 6);
});

test('a large piece is changed from end to end', () => {
  const stream = new KeyStream();
  stream.key();
  const large = Buffer.alloc(1024 * 1024, 1);
  stream.mix(large);
  const ones = large.filter((byte) => byte === 1).length;
  // One in 256, give or take five standard deviations.
  assert.ok(Math.abs(ones - 4096) < 320, `${ones} bytes are what they were`);
});

test('no byte of the stream is used twice, however the pieces lie', () => {
  const stream = new KeyStream();
  stream.key();
  const seen = new Set<string>();
  for (let round = 0; round < 500; round += 1) {
    const bytes = Buffer.alloc(8 + (round % 249));
    stream.mix(bytes);
    seen.add(bytes.toString('hex', 0, 8)).add(bytes.toString('hex', bytes.length - 8));
  }
  // Each beginning and each end; a piece of 8 bytes has one for both.
  assert.equal(seen.size, 1000 - 3);
});

test('the kernel gives as many bytes as it is asked for', () => {
  const bytes = readKernel(100);
  assert.equal(bytes.length, 100);
  assert.notDeepEqual(bytes, readKernel(100));
});
