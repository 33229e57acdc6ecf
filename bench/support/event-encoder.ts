// Frames one event as the reply to GET /next, with every header that Lambda sends.

/** Lambda frames longer events in chunks, as Go's HTTP server does once its buffer is full. */
const LENGTH_FRAMED_BYTES_MAX = 2048;
const CHUNK_BYTES = 32 * 1024;
const DEADLINE_MS = 60_000;
const ID_DIGITS = 12;

/** Returns head and body in one buffer of its own, so that the event may be overwritten. */
export function encodeEvent(event: Buffer, id: number, deadlineMs: number = DEADLINE_MS): Buffer {
  const framing =
    event.length > LENGTH_FRAMED_BYTES_MAX
      ? 'Transfer-Encoding: chunked'
      : `Content-Length: ${event.length}`;
  const suffix = String(id).padStart(ID_DIGITS, '0');
  const head =
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n' +
    `Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-${suffix}\r\n` +
    `Lambda-Runtime-Deadline-Ms: ${Date.now() + deadlineMs}\r\n` +
    'Lambda-Runtime-Invoked-Function-Arn: ' +
    'arn:aws:lambda:us-east-1:123456789012:function:bench\r\n' +
    'Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;' +
    `Parent=9a9197af755a6419;Sampled=1\r\n${framing}\r\n\r\n`;
  if (event.length <= LENGTH_FRAMED_BYTES_MAX) {
    const whole = Buffer.allocUnsafe(head.length + event.length);
    whole.write(head, 'latin1');
    event.copy(whole, head.length);
    return whole;
  }
  return encodeChunks(head, event);
}

function encodeChunks(head: string, event: Buffer): Buffer {
  const pieces: Buffer[] = [Buffer.from(head, 'latin1')];
  for (let at = 0; at < event.length; at += CHUNK_BYTES) {
    const chunk = event.subarray(at, at + CHUNK_BYTES);
    pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`, 'latin1'), chunk);
    pieces.push(Buffer.from('\r\n', 'latin1'));
  }
  pieces.push(Buffer.from('0\r\n\r\n', 'latin1'));
  return Buffer.concat(pieces);
}
