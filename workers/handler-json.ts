// The event and the result of a handler as bytes of JSON.
import { PAYLOAD_BYTES_MAX } from '../src/core/limits.ts';
import { type Payload, TEXT_LENGTH_MAX } from '../src/core/payload.ts';

// Taken before user code can replace it.
const { Buffer, TextEncoder } = globalThis;
const toBuffer = Buffer.from;
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);
const { parse, stringify } = JSON;

/** @throws Error named `Runtime.InvalidEvent` that says where it stops being JSON. */
export function parseEvent(event: Payload): unknown {
  const text = typeof event === 'string' ? event : toText(event);
  try {
    return parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw named('Runtime.InvalidEvent', `Cannot parse the event as JSON: ${why}`, cause);
  }
}

function toText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return toBuffer(buffer, byteOffset, byteLength).toString('utf8');
}

/**
 * Exactly what the reference client sends (row A4.2); bytes in an ArrayBuffer of their own.
 *
 * @throws Error named `Runtime.JSONStringifyError` or `Function.ResponseSizeTooLarge`.
 */
export function toBody(value: unknown): Payload {
  let text: string;
  try {
    // A function or a symbol has no JSON; like undefined it becomes null (row A4.4).
    text = stringify(value === undefined ? null : value) ?? 'null';
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw named('Runtime.JSONStringifyError', `Unable to stringify response body: ${why}`, cause);
  }
  if (text.length <= TEXT_LENGTH_MAX) return text;
  const body = encode(text);
  if (body.byteLength > PAYLOAD_BYTES_MAX) {
    const message =
      `Response payload size (${body.byteLength} bytes) exceeded maximum allowed payload ` +
      `size (${PAYLOAD_BYTES_MAX} bytes).`;
    throw named('Function.ResponseSizeTooLarge', message, undefined);
  }
  return body;
}

function named(name: string, message: string, cause: unknown): Error {
  const error = new Error(message, cause === undefined ? {} : { cause });
  error.name = name;
  return error;
}
