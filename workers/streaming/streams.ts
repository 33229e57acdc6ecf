// The response streams of one thread: as many as it has invocations, and the supervisor's replies
// to them. Loaded by handlers that stream, and by no other.
import type { PendingResource, StreamReply } from '../../src/core/thread-protocol.ts';
import { Roster } from '../roster.ts';
import type { HeldPort } from './stream-port.ts';
import { StreamingCall, type StreamingCallOptions } from './streaming-call.ts';

const READER = { type: 'reader of the response', details: ['it takes no more'] } as const;

export class Streams {
  readonly #port: Pick<HeldPort, 'post' | 'hold' | 'letGo'>;
  readonly #calls: Roster<StreamingCall> = new Roster();
  /** How many wait for credit. */
  #waitingCount = 0;

  constructor(port: HeldPort) {
    port.listen((reply) => this.#onReply(reply));
    this.#port = {
      post: port.post,
      hold: () => {
        this.#waitingCount += 1;
        if (this.#waitingCount === 1) port.hold();
      },
      letGo: () => {
        this.#waitingCount -= 1;
        if (this.#waitingCount === 0) port.letGo();
      },
    };
  }

  /** A call of the handler with a stream of its own. */
  open(options: Omit<StreamingCallOptions, 'port'>): StreamingCall {
    const call = new StreamingCall({ ...options, port: this.#port });
    this.#calls.add(call);
    return call;
  }

  /** Its invocation is over. */
  close(call: StreamingCall): void {
    this.#calls.remove(call);
  }

  /** One entry at most, as there is one port that is held for them. */
  get awaitedReaders(): readonly PendingResource[] {
    return this.#waitingCount === 0 ? [] : [{ ...READER, count: this.#waitingCount }];
  }

  #onReply(reply: StreamReply): void {
    const call = this.#calls.find(({ number }) => number === reply.stream);
    // It is over.
    if (call === undefined) return;
    if (reply.kind === 'credit') call.sender.grant(reply.bytes);
    else call.hangUp(reply.reason);
  }
}
