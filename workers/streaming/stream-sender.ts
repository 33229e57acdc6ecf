// Sends one response to the supervisor, piece by piece, as far as there is credit for it.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  STREAM_MESSAGE_BYTES,
  STREAM_PIECE_BYTES_MAX,
  STREAM_WINDOW_BYTES,
} from '../../src/core/limits.ts';
import type { HeldPort } from './stream-port.ts';

const { nextTick } = process;
const { min } = Math;

type OnSent = () => void;

export class StreamSender {
  /** Messages sent. */
  posts = 0;
  /** Counts until the first one is sent. */
  contentType: string | undefined;
  /** For credit. */
  isWaiting = false;
  readonly #port: Pick<HeldPort, 'post' | 'hold' | 'letGo'>;
  readonly #number: number;
  #creditBytes: number = STREAM_WINDOW_BYTES;
  #chunks: readonly Uint8Array[] = [];
  /** Where the next piece begins: a chunk, and a place in it. */
  #at = 0;
  #offset = 0;
  #leftBytes = 0;
  #onSent: OnSent | undefined;
  #isSealed = false;
  /** Of the write that waits: its callback, and `drain`, belong there. */
  #inContext: (run: () => void) => void = (run) => run();

  constructor(port: Pick<HeldPort, 'post' | 'hold' | 'letGo'>, number: number) {
    this.#port = port;
    this.#number = number;
  }

  /**
   * One call at a time. What there is credit for is on its way when this returns. `onSent` runs
   * when that is all of it, and never in the same turn: what is written meanwhile goes out in one
   * piece.
   */
  send(chunks: readonly Uint8Array[], onSent: OnSent): void {
    this.#chunks = chunks;
    this.#at = this.#offset = this.#leftBytes = 0;
    for (const { byteLength } of chunks) this.#leftBytes += byteLength;
    this.#onSent = onSent;
    this.#pump();
  }

  end(): void {
    this.#post(undefined);
  }

  /** The supervisor has seen so many bytes leave. */
  grant(bytes: number): void {
    this.#creditBytes += bytes;
    if (this.isWaiting) this.#inContext(() => this.#pump());
  }

  /** Nothing is sent any more; whoever waits for it need not. */
  seal(): void {
    this.#isSealed = true;
    this.#leftBytes = 0;
    if (this.isWaiting) this.#pump();
  }

  #pump(): void {
    while (this.#leftBytes > 0) {
      const affordable = this.#creditBytes - STREAM_MESSAGE_BYTES;
      const bytes = min(this.#leftBytes, STREAM_PIECE_BYTES_MAX, affordable);
      if (bytes <= 0) {
        this.#wait();
        return;
      }
      this.#creditBytes -= bytes + STREAM_MESSAGE_BYTES;
      this.#post(this.#nextPiece(bytes));
    }
    if (this.isWaiting) this.#port.letGo();
    this.isWaiting = false;
    this.#chunks = [];
    if (this.#onSent !== undefined) nextTick(this.#onSent);
    this.#onSent = undefined;
  }

  /** Nothing else may be pending in the thread: without this its loop would run empty. */
  #wait(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    this.#inContext = AsyncLocalStorage.snapshot();
    this.#port.hold();
  }

  #post(bytes: Uint8Array<ArrayBuffer> | undefined): void {
    if (this.#isSealed) return;
    const contentType = this.posts === 0 ? this.contentType : undefined;
    this.posts += 1;
    const transfer = bytes === undefined ? [] : [bytes.buffer];
    this.#port.post({ stream: this.#number, contentType, bytes }, transfer);
  }

  /** A copy, in an ArrayBuffer of its own: the chunks are the user's. */
  #nextPiece(bytes: number): Uint8Array<ArrayBuffer> {
    const piece = new Uint8Array(bytes);
    let filled = 0;
    while (filled < bytes) {
      const chunk = this.#chunks[this.#at] ?? piece;
      const part = chunk.subarray(this.#offset, this.#offset + bytes - filled);
      piece.set(part, filled);
      filled += part.byteLength;
      this.#offset += part.byteLength;
      if (this.#offset < chunk.byteLength) continue;
      this.#at += 1;
      this.#offset = 0;
    }
    this.#leftBytes -= bytes;
    return piece;
  }
}
