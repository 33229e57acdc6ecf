// A streamed response as the supervisor sees it: pieces, an end, and what the platform made of it.
import type { ErrorOutcome } from '../core/outcome.ts';
import type { Receipt, ResponseStream } from '../core/ports.ts';
import { toTrailers } from './requests.ts';
import type { StreamedPost } from './streamed-post.ts';
import type { Reply } from './transport.ts';

export type StreamedAnswerOptions = {
  readonly post: Pick<StreamedPost, 'reply' | 'write' | 'end' | 'abort'>;
  /** @throws RuntimeError when the reply ends the service. */
  readonly receiptOf: (reply: Reply) => Receipt;
  /** There was no reply. */
  readonly onLost: (cause: unknown) => Receipt;
  /** It has ended in the trailers of this. */
  readonly onFailed: (outcome: ErrorOutcome) => void;
};

/** For a stream that broke off, when the platform hands out its event anew. */
export const STREAM_LOST: ErrorOutcome = {
  kind: 'failure',
  error: {
    errorType: 'Runtime.StreamLost',
    errorMessage: 'The connection to the Runtime API was lost while the response was streamed',
    trace: [],
  },
  headerType: 'Runtime.StreamLost',
};

export class StreamedAnswer implements ResponseStream {
  bytes = 0;
  readonly ended: Promise<Receipt>;
  readonly #options: StreamedAnswerOptions;

  constructor(options: StreamedAnswerOptions) {
    this.#options = options;
    this.ended = options.post.reply.then(options.receiptOf, options.onLost);
    // The lane asks when the handler is done, which may be long after.
    this.ended.catch(() => {});
  }

  write(bytes: Uint8Array, onTaken: () => void): void {
    this.bytes += bytes.byteLength;
    this.#options.post.write(bytes, onTaken);
  }

  end(): void {
    this.#options.post.end();
  }

  fail(outcome: ErrorOutcome): void {
    if (this.#options.post.end(toTrailers(outcome))) this.#options.onFailed(outcome);
  }

  abort(reason: string): void {
    this.#options.post.abort(reason);
  }
}
