// The supervisor's end of a worker's channel for streamed responses: of one after the other, or of
// several at once in a thread that takes several invocations.
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { parseStreamMessage } from '../core/handler-result.ts';
import type { OpenStream } from '../core/ports.ts';
import type { Posts, StreamReply } from '../core/thread-protocol.ts';
import { InboundStream, invalidStream } from './inbound-stream.ts';

type State = 'unused' | 'used' | 'closed';

export class SlotStream {
  readonly #near: MessagePort;
  readonly #onDefect: (error: unknown) => void;
  #state: State = 'unused';
  /** Of the invocations that may stream. */
  readonly #streams: InboundStream[] = [];

  /** @param near the supervisor's end of the channel.
   * @param onDefect called when the thread sends what it never should; it is not listened to any
   * further. */
  constructor(near: MessagePort, onDefect: (error: unknown) => void) {
    this.#near = near;
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

  /** This invocation may stream, if its handler does. */
  begin(number: number, openStream: OpenStream): void {
    if (this.#state !== 'used') return;
    this.#streams.push(new InboundStream(number, openStream, (reply) => this.#tell(reply)));
  }

  /**
   * The invocation has its result: what it has sent before is handed on first. What others have
   * sent is, too.
   *
   * @throws RuntimeError `Runtime.InvalidResult` when the thread has sent what it should not, or
   * says that it has sent something else.
   */
  complete(number: number, posts: Posts): void {
    const stream = this.#find(number);
    if (stream === undefined) return;
    this.drain();
    this.#remove(stream);
    if (!stream.isForgotten && posts !== stream.posts) {
      throw invalidStream(`${stream.posts} messages came instead of ${posts}`);
    }
    stream.isForgotten = true;
  }

  /** The invocation is decided, and its thread lives on: that learns that nobody takes any more of
   * its response, and what still comes until it is complete is dropped. */
  forget(number: number, reason: string): void {
    this.#find(number)?.forget(reason);
  }

  /** Takes in what the thread had sent and nobody has read yet. @throws as `complete` does. */
  drain(): void {
    while (this.#streams.length > 0) {
      const received = receiveMessageOnPort(this.#near);
      if (received === undefined) return;
      this.#take(received.message);
    }
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#streams.length = 0;
    this.#near.close();
  }

  #receive(value: unknown): void {
    if (this.#state !== 'used') return;
    try {
      // A thread that sends all the time would keep the supervisor from its watch.
      if (this.#streams.length === 0) throw invalidStream('no invocation is in flight');
      this.#take(value);
    } catch (error) {
      this.close();
      this.#onDefect(error);
    }
  }

  #take(value: unknown): void {
    const message = parseStreamMessage(value);
    const stream = this.#find(message.stream);
    if (stream === undefined) throw invalidStream('it belongs to no invocation');
    stream.take(message);
  }

  /** There are few at once. */
  #find(number: number): InboundStream | undefined {
    for (const stream of this.#streams) if (stream.number === number) return stream;
    return undefined;
  }

  #remove(stream: InboundStream): void {
    const place = this.#streams.indexOf(stream);
    const last = this.#streams.pop();
    if (last !== undefined && last !== stream) this.#streams[place] = last;
  }

  #tell(reply: StreamReply): void {
    if (this.#state === 'used') this.#near.postMessage(reply);
  }
}
