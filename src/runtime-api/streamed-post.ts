// One POST whose body is sent while it is made, and may end in trailers: what undici cannot do
// (contract, section 1.6). Knows HTTP, not its meaning. On a connection of its own, which ends with
// it: none that has gone stale in a freeze is ever written to.
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { ApiAddress } from './address.ts';
import { text } from './reply-text.ts';
import type { Reply } from './transport.ts';

export type PostHead = { readonly path: string; readonly headers: OutgoingHttpHeaders };
export type Trailers = Readonly<Record<string, string>>;

/** A reply is a short status object; what is longer is not kept. */
const REPLY_BYTES_MAX = 64 * 1024;

export class StreamedPost {
  /** Rejects when no reply came. */
  readonly reply: Promise<Reply>;
  readonly #request: ClientRequest;
  readonly #onClosed: (reason: string) => void;
  readonly #resolve: (reply: Reply) => void;
  readonly #reject: (error: Error) => void;
  /** The whole body has been given. */
  #hasEnded = false;
  #isClosed = false;

  /** @param onClosed called when the body is no longer taken, before its end. */
  constructor(address: ApiAddress, head: PostHead, onClosed: (reason: string) => void) {
    this.#onClosed = onClosed;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    [this.reply, this.#resolve, this.#reject] = [promise, resolve, reject];
    // Whoever asks for it sees it fail; until then it is nobody's unhandled rejection.
    promise.catch(() => {});
    // Only functions that stream need it.
    const { request } = process.getBuiltinModule('node:http');
    const headers = head.headers as OutgoingHttpHeaders;
    this.#request = request({ ...address, method: 'POST', path: head.path, headers, agent: false })
      .on('response', (response) => this.#collect(response))
      .on('error', (error) => this.#lose(error))
      .on('close', () => this.#lose(new Error('the connection was closed')));
  }

  /** `onTaken` runs when the kernel has them. */
  write(bytes: Uint8Array, onTaken: () => void): void {
    if (!this.#isOver) this.#request.write(bytes, () => onTaken());
  }

  /** @returns whether the trailers go out: the body had not ended before. */
  end(trailers?: Trailers): boolean {
    if (this.#isOver) return false;
    this.#hasEnded = true;
    if (trailers !== undefined) this.#request.addTrailers(trailers);
    this.#request.end();
    return true;
  }

  abort(reason: string): void {
    this.#lose(new Error(reason));
    this.#request.destroy();
  }

  get #isOver(): boolean {
    return this.#hasEnded || this.#isClosed;
  }

  #collect(response: IncomingMessage): void {
    const { statusCode: status = 0, headers } = response;
    // Before the end it can only mean that no more is wanted.
    this.#close(`the Runtime API has answered ${status}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    response.on('data', (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      if (bytes <= REPLY_BYTES_MAX) chunks.push(chunk);
    });
    const settle = (): void => {
      this.#resolve({ status, headers, body: new Uint8Array(Buffer.concat(chunks)) });
      this.#request.destroy();
    };
    // The status says it, also when the rest gets lost.
    response.on('end', settle).on('close', settle).on('error', settle);
  }

  #lose(error: Error): void {
    this.#reject(error);
    this.#close(text(error));
  }

  #close(reason: string): void {
    if (this.#isOver) return;
    this.#isClosed = true;
    this.#onClosed(reason);
  }
}
