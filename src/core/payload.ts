// The JSON of an event or of a result on its way between two threads. A short one goes as text,
// which is cloned at a third of what bytes cost, for their memory; a long one is handed over.

/** Bytes of JSON in UTF-8, or a short one as text. */
export type Payload = Uint8Array | string;

/** The longest that goes as text: bytes of an event, characters of a result. */
export const TEXT_LENGTH_MAX: number = 16 * 1024;

/** What is no UTF-8 becomes U+FFFD, as it does in the reference client. */
export function toPayload(bytes: Uint8Array): Payload {
  if (bytes.byteLength > TEXT_LENGTH_MAX) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

export function toBytes(payload: Payload): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}
