import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';

import {
  encodeMessage,
  toException,
  toInvokeComplete,
  toPayloadChunk,
} from '../../../src/emulator/streaming/event-stream.ts';

type Message = { readonly headers: Record<string, string>; readonly payload: Buffer };

/** Reads one message by the rules of the format, checksums included. */
function decode(message: Uint8Array): Message {
  const bytes = Buffer.from(message);
  const [size, headBytes] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  assert.equal(size, bytes.length);
  assert.equal(bytes.readUInt32BE(8), crc32(bytes.subarray(0, 8)));
  assert.equal(bytes.readUInt32BE(size - 4), crc32(bytes.subarray(0, size - 4)));
  const headers: Record<string, string> = {};
  for (let at = 12; at < 12 + headBytes; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    assert.equal(bytes.readUInt8(nameEnd), 7);
    const valueEnd = nameEnd + 3 + bytes.readUInt16BE(nameEnd + 1);
    headers[bytes.toString('utf8', at + 1, nameEnd)] = bytes.toString(
      'utf8',
      nameEnd + 3,
      valueEnd,
    );
    at = valueEnd;
  }
  return { headers, payload: bytes.subarray(12 + headBytes, size - 4) };
}

test('an empty message is the sixteen bytes that the format knows', () => {
  const message = Buffer.from(encodeMessage({}, new Uint8Array()));
  assert.equal(message.toString('hex'), '000000100000000005c248eb7d98c8ff');
});

test('a chunk is its bytes', () => {
  const { headers, payload } = decode(toPayloadChunk(Buffer.from([0, 255, 10])));

  assert.deepEqual(headers, {
    ':message-type': 'event',
    ':event-type': 'PayloadChunk',
    ':content-type': 'application/octet-stream',
  });
  assert.deepEqual([...payload], [0, 255, 10]);
});

test('the end says what there is to say, and leaves out the rest', () => {
  const fine = decode(toInvokeComplete({}));
  const failed = decode(
    toInvokeComplete({ errorCode: 'Unhandled', errorDetails: 'é', logResult: 'bA==' }),
  );

  assert.equal(fine.headers[':event-type'], 'InvokeComplete');
  assert.equal(fine.payload.toString(), '{}');
  assert.deepEqual(JSON.parse(failed.payload.toString()), {
    ErrorCode: 'Unhandled',
    ErrorDetails: 'é',
    LogResult: 'bA==',
  });
});

test('an exception has its type in a header', () => {
  const { headers, payload } = decode(toException('ServiceException', 'no'));

  assert.equal(headers[':message-type'], 'exception');
  assert.equal(headers[':exception-type'], 'ServiceException');
  assert.deepEqual(JSON.parse(payload.toString()), { message: 'no' });
});
