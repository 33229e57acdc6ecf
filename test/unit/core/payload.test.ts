import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXT_LENGTH_MAX, toBytes, toPayload } from '../../../src/core/payload.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a short event goes as text, of the bytes that are its own and no others', () => {
  assert.equal(toPayload(encode('xx{"a":"é"}yy').subarray(2, -2)), '{"a":"é"}');
  assert.equal(toPayload(new Uint8Array()), '');
});

test('what is no UTF-8 is replaced, and a byte order mark stays', () => {
  assert.equal(toPayload(Uint8Array.of(0x22, 0xc3, 0x22)), '"\uFFFD"');
  assert.equal(toPayload(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)), '\uFEFF1');
});

test('a long one goes as the bytes that it is', () => {
  const longest = new Uint8Array(TEXT_LENGTH_MAX).fill(0x20);
  assert.equal(toPayload(longest), ' '.repeat(TEXT_LENGTH_MAX));
  const longer = new Uint8Array(TEXT_LENGTH_MAX + 1);
  assert.equal(toPayload(longer), longer);
});

test('text becomes its bytes in UTF-8, and bytes stay what they are', () => {
  assert.deepEqual(new Uint8Array(toBytes('{"a":"é"}')), encode('{"a":"é"}'));
  const bytes = encode('x');
  assert.equal(toBytes(bytes), bytes);
});
