// The response streams of one thread: one at a time, and the supervisor's replies to it. Loaded by
// handlers that stream, and by no other.
import type { PendingResource, StreamReply } from '../../src/core/thread-protocol.ts';
import type { HeldPort } from './stream-port.ts';
import { StreamingCall, type StreamingCallOptions } from './streaming-call.ts';

const READER: PendingResource = {
  type: 'reader of the response',
  count: 1,
  details: ['it takes no more'],
};

export class Streams {
  readonly #port: HeldPort;
  #call: StreamingCall | undefined;

  constructor(port: HeldPort) {
    this.#port = port;
    port.listen((reply) => this.#onReply(reply));
  }

  /** A call of the handler with a stream of its own. */
  open(options: Omit<StreamingCallOptions, 'port'>): StreamingCall {
    this.#call = new StreamingCall({ ...options, port: this.#port });
    return this.#call;
  }

  get awaitedReaders(): readonly PendingResource[] {
    return this.#call?.sender.isWaiting ? [READER] : [];
  }

  #onReply(reply: StreamReply): void {
    const call = this.#call;
    // An earlier invocation's.
    if (call?.number !== reply.stream) return;
    if (reply.kind === 'credit') call.sender.grant(reply.bytes);
    else call.hangUp(reply.reason);
  }
}
