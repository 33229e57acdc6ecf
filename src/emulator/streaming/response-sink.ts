// Where the body of a streamed response goes while it arrives; and the sink of those who wait for
// the whole of it, as a plain Invoke does.
import { PAYLOAD_BYTES_MAX } from '../../core/limits.ts';

export interface ResponseSink {
  /** Largest body, bytes; what is larger is refused at its end. */
  readonly bytesMax: number;
  /** Resolves when nobody is left to read. */
  readonly gone: Promise<void>;
  /** Comes once, before all bytes, and only when the response is streamed. */
  begin(contentType: string): void;
  /** Takes bytes; a promise means that more are welcome only when it has resolved. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** What the caller has not got yet when all has come. */
  rest(): Uint8Array;
}

/** Keeps the body until its end, within the bound of a buffered response. */
export class CollectingSink implements ResponseSink {
  readonly bytesMax: number = PAYLOAD_BYTES_MAX;
  /** Who waits for the whole answer is not looked after meanwhile. */
  readonly gone: Promise<void> = new Promise(() => {});
  readonly #chunks: Uint8Array[] = [];
  #keptBytes = 0;

  begin(): void {}

  write(chunk: Uint8Array): undefined {
    const wanted = chunk.subarray(0, this.bytesMax - this.#keptBytes);
    if (wanted.length > 0) this.#chunks.push(wanted);
    this.#keptBytes += wanted.length;
  }

  rest(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}
