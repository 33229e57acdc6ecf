// The supervisor's end of a worker's channel for streamed responses: it hands the pieces on and
// gives credit for what has left. It never holds more than the window, whatever the thread sends.
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { RuntimeError } from '../core/errors.ts';
import { parseStreamMessage } from '../core/handler-result.ts';
import { STREAM_CREDIT_BYTES, STREAM_MESSAGE_BYTES, STREAM_WINDOW_BYTES } from '../core/limits.ts';
import type { OpenStream, ResponseStream } from '../core/ports.ts';
import type { Posts, StreamReply } from '../core/thread-protocol.ts';

type State = 'unused' | 'used' | 'closed';

export class SlotStream {
  /** The worker's end. */
  readonly far: MessagePort;
  readonly #near: MessagePort;
  readonly #onDefect: (error: unknown) => void;
  #state: State = 'unused';
  #number = 0;
  /** Undefined while no invocation may stream. */
  #openStream: OpenStream | undefined;
  #answer: ResponseStream | undefined;
  #posts = 0;
  /** Its last piece has come. */
  #hasEnded = false;
  /** Taken in, and not yet in the kernel's hands. */
  #heldBytes = 0;
  /** Gone, and not yet told as credit. */
  #goneBytes = 0;

  /** @param onDefect called when the thread sends what it never should; it is not listened to any
   * further. */
  constructor(onDefect: (error: unknown) => void) {
    ({ port1: this.#near, port2: this.far } = new MessageChannel());
    this.#onDefect = onDefect;
  }

  /** The thread is ready; a handler that does not stream has no use for the channel. */
  prepare(isStreaming: boolean): void {
    // It says so again after snapshot hooks.
    if (this.#state !== 'unused') return;
    if (!isStreaming) {
      this.close();
      return;
    }
    this.#state = 'used';
    this.#near.on('message', (value: unknown) => this.#receive(value));
    this.#near.unref();
  }

  /** @returns the number of the invocation's stream; undefined: its handler does not stream. */
  begin(openStream: OpenStream): number | undefined {
    if (this.#state !== 'used') return undefined;
    this.#number += 1;
    this.#openStream = openStream;
    this.#answer = undefined;
    this.#hasEnded = false;
    this.#posts = this.#heldBytes = this.#goneBytes = 0;
    return this.#number;
  }

  /**
   * The invocation has its result: what it has sent before is handed on first.
   *
   * @throws RuntimeError `Runtime.InvalidResult` when the thread has sent what it should not, or
   * says that it has sent something else.
   */
  complete(posts: Posts): void {
    if (this.#openStream === undefined) return;
    this.drain();
    this.#openStream = undefined;
    if (posts !== this.#posts) throw invalid(`${this.#posts} messages came instead of ${posts}`);
  }

  /** Takes in what the thread had sent and nobody has read yet. @throws as `complete` does. */
  drain(): void {
    while (this.#openStream !== undefined) {
      const received = receiveMessageOnPort(this.#near);
      if (received === undefined) return;
      this.#take(received.message);
    }
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#openStream = undefined;
    this.#near.close();
  }

  #receive(value: unknown): void {
    if (this.#state !== 'used') return;
    try {
      // A thread that sends all the time would keep the supervisor from its watch.
      if (this.#openStream === undefined) throw invalid('no invocation is in flight');
      this.#take(value);
    } catch (error) {
      this.close();
      this.#onDefect(error);
    }
  }

  #take(value: unknown): void {
    const { stream: number, contentType, bytes } = parseStreamMessage(value);
    if (number !== this.#number) throw invalid('it belongs to no invocation');
    // An end costs no credit: there is one.
    if (this.#hasEnded) throw invalid('it goes on behind its end');
    this.#posts += 1;
    this.#answer ??= this.#openStream?.({
      contentType,
      onClosed: (reason) => this.#tell({ kind: 'closed', stream: number, reason }),
    });
    if (bytes === undefined) {
      this.#hasEnded = true;
      this.#answer?.end();
      return;
    }
    const cost = bytes.byteLength + STREAM_MESSAGE_BYTES;
    this.#heldBytes += cost;
    if (this.#heldBytes > STREAM_WINDOW_BYTES)
      throw invalid('it is more than there was credit for');
    this.#answer?.write(bytes, () => {
      // Freed at once: V8 looks for dead ArrayBuffers only when there are 64 MB of them.
      (bytes.buffer as ArrayBuffer).transfer(0);
      this.#gone(number, cost);
    });
  }

  #gone(number: number, bytes: number): void {
    if (number !== this.#number) return;
    this.#heldBytes -= bytes;
    this.#goneBytes += bytes;
    if (this.#goneBytes < STREAM_CREDIT_BYTES) return;
    this.#tell({ kind: 'credit', stream: number, bytes: this.#goneBytes });
    this.#goneBytes = 0;
  }

  #tell(reply: StreamReply): void {
    if (this.#state === 'used') this.#near.postMessage(reply);
  }
}

function invalid(why: string): RuntimeError {
  return new RuntimeError(
    'Runtime.InvalidResult',
    `Cannot use what the worker sent for its response stream: ${why}`,
  );
}
