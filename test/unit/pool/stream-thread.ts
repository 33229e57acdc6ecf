// A stream channel with its thread's end in the hands of the test, and sinks that note what they
// are given.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { STREAM_MESSAGE_BYTES, STREAM_WINDOW_BYTES } from '../../../src/core/limits.ts';
import type { ErrorOutcome } from '../../../src/core/outcome.ts';
import type { OpenStream, Receipt, ResponseStream } from '../../../src/core/ports.ts';
import type { StreamMessage } from '../../../src/core/thread-protocol.ts';
import { SlotStream } from '../../../src/pool/slot-stream.ts';

/** What may come in one piece. */
export const MOST: number = STREAM_WINDOW_BYTES - STREAM_MESSAGE_BYTES;

export class Sink implements ResponseStream {
  bytes = 0;
  readonly ended: Promise<Receipt> = new Promise(() => {});
  readonly notes: string[] = [];
  readonly taken: (() => void)[] = [];

  write(bytes: Uint8Array, onTaken: () => void): void {
    this.notes.push(`${bytes.byteLength}`);
    this.taken.push(onTaken);
  }
  end(): void {
    this.notes.push('end');
  }
  fail({ kind }: ErrorOutcome): void {
    this.notes.push(kind);
  }
  abort(reason: string): void {
    this.notes.push(reason);
  }
}

type Begun = {
  readonly stream: SlotStream;
  /** The thread's end. */
  readonly far: MessagePort;
  readonly sink: Sink;
  readonly heads: readonly Parameters<OpenStream>[0][];
  readonly defects: readonly unknown[];
  readonly open: OpenStream;
  /** Of the first invocation, unless it says otherwise. */
  readonly post: (message: Partial<StreamMessage>) => void;
  readonly piece: (bytes: number) => void;
};

/** The first invocation of the thread. */
export function begin(): Begun {
  const defects: unknown[] = [];
  const { port1, port2: far } = new MessageChannel();
  const stream = new SlotStream(port1, (error) => defects.push(error));
  stream.prepare(true);
  const sink = new Sink();
  const heads: Parameters<OpenStream>[0][] = [];
  const open: OpenStream = (head) => {
    heads.push(head);
    return sink;
  };
  stream.begin(1, open);
  const post = (message: Partial<StreamMessage>): void => {
    far.postMessage({ stream: 1, ...message });
  };
  const piece = (bytes: number): void => post({ bytes: new Uint8Array(bytes) });
  return { stream, far, sink, heads, defects, open, post, piece };
}
