// The supervisor's end of one streamed response: it hands the pieces on and gives credit for what
// has left. It never holds more than the window, whatever the thread sends.
import { RuntimeError } from '../core/errors.ts';
import { STREAM_CREDIT_BYTES, STREAM_MESSAGE_BYTES, STREAM_WINDOW_BYTES } from '../core/limits.ts';
import type { OpenStream, ResponseStream } from '../core/ports.ts';
import type { StreamMessage, StreamReply } from '../core/thread-protocol.ts';

export class InboundStream {
  /** Of its invocation. */
  readonly number: number;
  /** Messages that have come. */
  posts = 0;
  /** Its invocation was decided otherwise, or is over: nobody takes any more of it. */
  isForgotten = false;
  readonly #openStream: OpenStream;
  readonly #tell: (reply: StreamReply) => void;
  #answer: ResponseStream | undefined;
  /** Its last piece has come. */
  #hasEnded = false;
  /** Taken in, and not yet in the kernel's hands. */
  #heldBytes = 0;
  /** Gone, and not yet told as credit. */
  #goneBytes = 0;

  constructor(number: number, openStream: OpenStream, tell: (reply: StreamReply) => void) {
    this.number = number;
    this.#openStream = openStream;
    this.#tell = tell;
  }

  /** @throws RuntimeError `Runtime.InvalidResult` for what should not have been sent. */
  take({ contentType, bytes }: StreamMessage): void {
    // An end costs no credit: there is one.
    if (this.#hasEnded) throw invalidStream('it goes on behind its end');
    this.posts += 1;
    if (!this.isForgotten) this.#open(contentType);
    if (bytes === undefined) {
      this.#hasEnded = true;
      if (!this.isForgotten) this.#answer?.end();
      return;
    }
    const cost = bytes.byteLength + STREAM_MESSAGE_BYTES;
    this.#heldBytes += cost;
    if (this.#heldBytes > STREAM_WINDOW_BYTES) {
      throw invalidStream('it is more than there was credit for');
    }
    // There is no credit for what is dropped: it ends with the window.
    if (this.isForgotten) free(bytes);
    else this.#write(bytes, cost);
  }

  forget(reason: string): void {
    this.isForgotten = true;
    this.#answer = undefined;
    this.#tell({ kind: 'closed', stream: this.number, reason });
  }

  #open(contentType: string | undefined): void {
    this.#answer ??= this.#openStream({
      contentType,
      onClosed: (reason) => this.#tell({ kind: 'closed', stream: this.number, reason }),
    });
  }

  #write(bytes: Uint8Array, cost: number): void {
    this.#answer?.write(bytes, () => {
      free(bytes);
      this.#gone(cost);
    });
  }

  #gone(bytes: number): void {
    if (this.isForgotten) return;
    this.#heldBytes -= bytes;
    this.#goneBytes += bytes;
    if (this.#goneBytes < STREAM_CREDIT_BYTES) return;
    this.#tell({ kind: 'credit', stream: this.number, bytes: this.#goneBytes });
    this.#goneBytes = 0;
  }
}

export function invalidStream(why: string): RuntimeError {
  return new RuntimeError(
    'Runtime.InvalidResult',
    `Cannot use what the worker sent for its response stream: ${why}`,
  );
}

/** At once: V8 looks for dead ArrayBuffers only when there are 64 MB of them. */
function free(bytes: Uint8Array): void {
  (bytes.buffer as ArrayBuffer).transfer(0);
}
