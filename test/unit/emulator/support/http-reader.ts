// An HTTP request whose response is read piece by piece, as a browser or `curl -N` does.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';

export type HttpCall = {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
};

export class HttpReader {
  readonly request: ClientRequest;
  readonly #response: Promise<IncomingMessage>;
  #pieces: AsyncIterator<Buffer> | undefined;

  constructor(url: string, call: HttpCall = {}) {
    const { method = 'GET', headers = {} } = call;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    promise.catch(() => {});
    this.#response = promise;
    this.request = httpRequest(url, { method, headers, agent: false }, resolve);
    this.request.on('error', reject);
    this.request.end(call.body);
  }

  /** Resolves when the head has come. */
  get head(): Promise<IncomingMessage> {
    return this.#response;
  }

  /** The next piece as it has come; undefined at the end. Rejects when the response is torn. */
  async piece(): Promise<string | undefined> {
    this.#pieces ??= (await this.#response)[Symbol.asyncIterator]();
    const { value, done } = await this.#pieces.next();
    return done === true ? undefined : value.toString();
  }

  /** Head, and everything that still comes. */
  async all(): Promise<{
    readonly status: number | undefined;
    readonly headers: IncomingMessage['headers'];
    readonly text: string;
    readonly bytes: Buffer;
  }> {
    const { statusCode: status, headers } = await this.#response;
    const chunks: Buffer[] = [];
    this.#pieces ??= (await this.#response)[Symbol.asyncIterator]();
    for (;;) {
      const { value, done } = await this.#pieces.next();
      if (done === true) break;
      chunks.push(value);
    }
    const bytes = Buffer.concat(chunks);
    return { status, headers, text: bytes.toString(), bytes };
  }
}
