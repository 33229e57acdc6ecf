import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAYLOAD_BYTES_MAX } from '../../../src/core/limits.ts';
import { TEXT_LENGTH_MAX } from '../../../src/core/payload.ts';
import { parseEvent, toBody } from '../../../workers/handler-json.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('parseEvent() reads the bytes it is given and no others', () => {
  const bytes = encode('xx{"a":"é"}yy');
  assert.deepEqual(parseEvent(bytes.subarray(2, -2)), { a: 'é' });
});

test('parseEvent() says where the event stops being JSON', () => {
  assert.throws(() => parseEvent(encode('{"half":')), {
    name: 'Runtime.InvalidEvent',
    message: /^Cannot parse the event as JSON: .*end of JSON input/,
  });
});

test('parseEvent() reads a short event as the text that it is', () => {
  assert.deepEqual(parseEvent('{"a":"é"}'), { a: 'é' });
});

test('toBody() gives null for what has no JSON', () => {
  for (const value of [undefined, null, () => 1, Symbol('x')]) assert.equal(toBody(value), 'null');
  assert.equal(toBody({ toJSON: () => ['é'] }), '["é"]');
});

test('toBody() gives a long result as bytes, in a buffer that can be transferred', () => {
  const letters = 'é'.repeat(TEXT_LENGTH_MAX - 2);
  assert.equal(toBody(letters), `"${letters}"`);

  const body = toBody(`${letters}é`);
  assert.ok(typeof body !== 'string');
  assert.equal(decode(body), `"${letters}é"`);
  assert.equal(body.byteLength, body.buffer.byteLength);
});

test('toBody() refuses what cannot be JSON, and what is too large', () => {
  assert.throws(() => toBody(1n), {
    name: 'Runtime.JSONStringifyError',
    message: /^Unable to stringify response body: .*BigInt/,
  });
  assert.equal(toBody('x'.repeat(PAYLOAD_BYTES_MAX - 2)).length, PAYLOAD_BYTES_MAX);
  assert.throws(() => toBody('x'.repeat(PAYLOAD_BYTES_MAX - 1)), {
    name: 'Function.ResponseSizeTooLarge',
    message: /6291557 bytes\) exceeded maximum allowed payload size \(6291556 bytes\)/,
  });
});
