// The start of a streamed HTTP response: JSON, then eight NUL bytes, then the body. It may come in
// pieces of any size; JSON text itself has no NUL byte.
import { PRELUDE_BYTES_MAX } from '../emulator-limits.ts';
import { type Checked, parseHead, type ResponseHead } from './response-head.ts';

/** What a function sends whose response begins with a prelude. */
export const PRELUDE_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';

const NUL_COUNT = 8;
/** When the prelude has none of its own. */
const CONTENT_TYPE = 'application/octet-stream';

export type PreludeState =
  | { readonly kind: 'open' }
  | { readonly kind: 'broken'; readonly flaw: string }
  /** `rest` is what of the body came with the last piece. */
  | { readonly kind: 'complete'; readonly head: ResponseHead; readonly rest: Uint8Array };

export class PreludeReader {
  #json: Uint8Array[] = [];
  #jsonBytes = 0;
  #nulCount = 0;

  /** Why the prelude is of no use when nothing more comes. */
  get flawAtEnd(): string {
    if (this.#jsonBytes === 0 && this.#nulCount === 0) return 'the response has ended without it';
    const missing = NUL_COUNT - this.#nulCount;
    return `the response has ended within it, ${missing} of its ${NUL_COUNT} NUL bytes are missing`;
  }

  push(chunk: Uint8Array): PreludeState {
    let at = 0;
    if (this.#nulCount === 0) {
      const nulAt = chunk.indexOf(0);
      at = nulAt === -1 ? chunk.length : nulAt;
      this.#jsonBytes += at;
      if (this.#jsonBytes > PRELUDE_BYTES_MAX) {
        return broken(`no NUL byte within the first ${PRELUDE_BYTES_MAX} bytes`);
      }
      if (at > 0) this.#json.push(chunk.subarray(0, at));
    }
    for (; at < chunk.length && this.#nulCount < NUL_COUNT; at += 1) {
      if (chunk[at] !== 0) {
        return broken(`${this.#nulCount} NUL bytes follow its JSON, ${NUL_COUNT} have to`);
      }
      this.#nulCount += 1;
    }
    if (this.#nulCount < NUL_COUNT) return { kind: 'open' };
    const head = parsePrelude(Buffer.concat(this.#json).toString());
    if (head.kind === 'broken') return head;
    return { kind: 'complete', head: head.value, rest: chunk.subarray(at) };
  }
}

function parsePrelude(text: string): Checked<ResponseHead> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return broken('its JSON is not an object');
  }
  return parseHead(value as Record<string, unknown>, CONTENT_TYPE);
}

function broken(flaw: string): { readonly kind: 'broken'; readonly flaw: string } {
  return { kind: 'broken', flaw };
}
