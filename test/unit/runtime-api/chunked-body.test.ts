import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkedBody } from '../../../src/runtime-api/chunked-body.ts';

/** Returns the text, and how many bytes of the wire are not the body's. */
function read(wire: string, size = wire.length): { text: string; left: number; isWhole: boolean } {
  const body = new ChunkedBody();
  const bytes = Buffer.from(wire, 'latin1');
  let at = 0;
  while (at < bytes.length && !body.isWhole) {
    at += body.take(bytes, at, Math.min(bytes.length, at + size));
  }
  const text = Buffer.from(body.bytes).toString('latin1');
  return { text, left: bytes.length - at, isWhole: body.isWhole };
}

test('chunks, extensions and trailers, cut anywhere; what follows is left', () => {
  const wire =
    '4;name=value\r\nfour\r\nA \r\n0123456789\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\nHTTP/1.1';
  for (const size of [1, 2, 3, 7, wire.length]) {
    assert.deepEqual(read(wire, size), { text: 'four0123456789', left: 8, isWhole: true });
  }
});

test('it is whole behind the last line, and not before', () => {
  assert.equal(read('2\r\n{}\r\n0\r\n').isWhole, false);
  assert.equal(read('2\r\n{}\r\n0\r\n\r\n').isWhole, true);
});

test('what are no chunks is refused', () => {
  assert.throws(() => read('zz\r\n'), /not the size of a chunk: "zz/);
  assert.throws(() => read('\r\n'), /not the size of a chunk/);
  assert.throws(() => read('2\r\n{}x\r\n'), /longer than its size/);
  assert.throws(() => read('FFFFFFFF\r\n'), /more than \d+ bytes/);
  assert.throws(() => read('7000000\r\n'), /more than \d+ bytes/);
  assert.throws(() => read(`1;${'x'.repeat(1_100_000)}`), /a line between chunks without end/);
  const trailers = `T: ${'x'.repeat(300_000)}\r\n`.repeat(4);
  assert.throws(() => read(`0\r\n${trailers}`), /trailers without end/);
});
