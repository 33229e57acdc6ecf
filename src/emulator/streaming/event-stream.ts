// Messages of `application/vnd.amazon.eventstream`: prelude, headers, payload, each with its CRC32.
// https://smithy.io/2.0/aws/amazon-eventstream.html
import { crc32 } from 'node:zlib';

/** Total length, length of the headers, and the checksum of these two. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** The type of a header whose value is text. */
const STRING_TYPE = 7;

export function encodeMessage(
  headers: Readonly<Record<string, string>>,
  payload: Uint8Array,
): Uint8Array {
  const head = encodeHeaders(headers);
  const size = PRELUDE_BYTES + head.length + payload.length + CHECKSUM_BYTES;
  const message = Buffer.alloc(size);
  message.writeUInt32BE(size, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.set(head, PRELUDE_BYTES);
  message.set(payload, PRELUDE_BYTES + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, size - CHECKSUM_BYTES)), size - CHECKSUM_BYTES);
  return message;
}

export function toPayloadChunk(payload: Uint8Array): Uint8Array {
  return encodeMessage(eventHeaders('PayloadChunk', 'application/octet-stream'), payload);
}

export type Completion = {
  readonly errorCode?: string | undefined;
  readonly errorDetails?: string | undefined;
  /** Base64. */
  readonly logResult?: string | undefined;
};

/** The last message of every stream that has come to its end; what is undefined is left out. */
export function toInvokeComplete(completion: Completion): Uint8Array {
  const payload = JSON.stringify({
    ErrorCode: completion.errorCode,
    ErrorDetails: completion.errorDetails,
    LogResult: completion.logResult,
  });
  return encodeMessage(eventHeaders('InvokeComplete', 'application/json'), Buffer.from(payload));
}

/** An error of the service in the middle of a stream; the SDKs throw it at whoever reads. */
export function toException(errorType: string, message: string): Uint8Array {
  const headers = {
    ':message-type': 'exception',
    ':exception-type': errorType,
    ':content-type': 'application/json',
  };
  return encodeMessage(headers, Buffer.from(JSON.stringify({ message })));
}

function eventHeaders(eventType: string, contentType: string): Record<string, string> {
  return { ':message-type': 'event', ':event-type': eventType, ':content-type': contentType };
}

function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(headers).map(([name, value]) => {
    const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
    const part = Buffer.alloc(nameBytes.length + valueBytes.length + 4);
    part.writeUInt8(nameBytes.length, 0);
    part.set(nameBytes, 1);
    part.writeUInt8(STRING_TYPE, nameBytes.length + 1);
    part.writeUInt16BE(valueBytes.length, nameBytes.length + 2);
    part.set(valueBytes, nameBytes.length + 4);
    return part;
  });
  return Buffer.concat(parts);
}
