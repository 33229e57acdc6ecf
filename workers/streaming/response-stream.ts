// What a streaming handler writes to: a genuine Writable with the reference client's extra members
// (rows A8.4 to A8.9). Its bytes go to the supervisor.
import { Writable } from 'node:stream';
import { RuntimeError } from '../../src/core/errors.ts';
import type { StreamSender } from './stream-sender.ts';

const { stringify } = JSON;

type Callback = (error?: Error | null) => void;
type Chunk = string | Uint8Array;
type BeforeFirstWrite = (write: (chunk: Chunk) => unknown) => unknown;

export type ResponseStreamOptions = {
  readonly sender: StreamSender;
  /** Undefined: Node's own. */
  readonly highWaterMark: number | undefined;
  /** It is finished or destroyed: `writableFinished` and `errored` say which. */
  readonly onOver: () => void;
};

export class ResponseStream extends Writable {
  /** Is given a way to write before the first bytes (row A8.7). */
  _onBeforeFirstWrite: unknown = undefined;
  readonly #sender: StreamSender;
  readonly #onOver: () => void;
  #hasBegun = false;
  #isClosing = false;
  #onSettled: () => void = () => {};

  constructor({ sender, highWaterMark, onOver }: ResponseStreamOptions) {
    super(highWaterMark === undefined ? {} : { highWaterMark });
    this.#sender = sender;
    this.#onOver = onOver;
    // Without a listener of anybody's a caller that hangs up would end the thread. An error that is
    // not the caller's is the invocation's.
    this.on('error', () => {});
  }

  /** @throws RuntimeError `Runtime.InvalidStreamingOperation` after the first write. */
  setContentType(contentType: string): void {
    if (this.#hasBegun) {
      throw new RuntimeError(
        'Runtime.InvalidStreamingOperation',
        'Cannot set content-type, too late.',
      );
    }
    this.#sender.contentType = toHeaderValue(contentType);
  }

  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    if (this.#isClosing) return false;
    const args = [toChunk(chunk), encoding, callback] as [Chunk, BufferEncoding, Callback];
    if (this.#hasBegun) return super.write(...args);
    // The prelude and what comes behind it are one piece.
    this.cork();
    try {
      this.#begin();
      return super.write(...args);
    } finally {
      this.uncork();
    }
  }

  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    if (this.#isClosing) return this;
    const isChunk = chunk !== undefined && chunk !== null && typeof chunk !== 'function';
    const data = isChunk ? toChunk(chunk) : chunk;
    const args = [data, encoding, callback] as [Chunk, BufferEncoding, Callback];
    if (this.#hasBegun) return super.end(...args);
    this.cork();
    try {
      this.#begin();
      return super.end(...args);
    } finally {
      this.uncork();
    }
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#send([chunk], callback);
  }

  override _writev(writes: readonly { readonly chunk: Buffer }[], callback: Callback): void {
    this.#send(
      writes.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    this.#sender.end();
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    callback(error);
    this.#sender.seal();
    this.#onOver();
    this.#onSettled();
  }

  /** Nobody takes any more of it: `error`, then `close`. */
  hangUp(reason: string): void {
    const error = new Error(`The response is not read to its end: ${reason}`);
    this.destroy(Object.assign(error, { code: 'ECONNRESET' }));
  }

  /** The handler has failed. Resolves when what it had written until then is on its way; what it
   * writes later is dropped. */
  async settle(): Promise<void> {
    this.#isClosing = true;
    while (this.writableCorked > 0) this.uncork();
    if (!this.#isSettled) {
      await new Promise<void>((resolve) => {
        this.#onSettled = () => {
          if (this.#isSettled) resolve();
        };
      });
    }
    this.destroy();
  }

  get #isSettled(): boolean {
    if (this.destroyed) return true;
    return this.writableEnded ? this.writableFinished : this.writableLength === 0;
  }

  #begin(): void {
    this.#hasBegun = true;
    const before = this._onBeforeFirstWrite;
    if (typeof before !== 'function') return;
    (before as BeforeFirstWrite)((chunk) => super.write(chunk));
  }

  #send(chunks: readonly Uint8Array[], callback: Callback): void {
    this.#sender.send(chunks, () => {
      callback();
      this.#onSettled();
    });
  }
}

/** What is neither text nor bytes is sent as JSON (row A8.5). */
function toChunk(chunk: unknown): Chunk {
  if (chunk === null || typeof chunk === 'string' || chunk instanceof Uint8Array) {
    // Null is Node's to refuse.
    return chunk as Chunk;
  }
  return stringify(chunk);
}

/** @throws TypeError for what Node would not put into a header. */
function toHeaderValue(value: unknown): string {
  const text = String(value);
  if (value !== undefined && /^[\t\x20-\x7e\x80-\xff]{1,8192}$/.test(text)) return text;
  const error = new TypeError(`Invalid character in header content ["Content-Type"]`);
  throw Object.assign(error, { code: 'ERR_INVALID_CHAR' });
}
