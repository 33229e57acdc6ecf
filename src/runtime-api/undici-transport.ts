// The same by undici, for servers that are not the platform's own: proxies, and whatever stands
// behind another address (docs/adr/0024-own-connection.md).
import type { Dispatcher, Client as UndiciClient } from 'undici';
import type { HeaderRecord } from '../core/invocation.ts';
import { HEADER_BYTES_MAX } from '../core/limits.ts';
import type { ApiAddress } from './address.ts';
import {
  CONNECT_MS_MAX,
  REPLY_BYTES_MAX,
  type Reply,
  type RequestParts,
  type Transport,
  type TransportOptions,
} from './transport.ts';
import { Client } from './undici-client.ts';

/** An idle connection is kept as long as undici can count: the environment may be frozen. */
const KEEP_ALIVE_MS = 2 ** 31 - 1;

export class UndiciTransport implements Transport {
  readonly #client: UndiciClient;
  readonly #nowMs: TransportOptions['nowMs'];

  constructor(address: ApiAddress, options: TransportOptions) {
    this.#nowMs = options.nowMs;
    this.#client = new Client(`http://${address.host}:${address.port}`, {
      // Two: an answer and the poll behind it (docs/adr/0002-pipelining.md).
      pipelining: options.pipelining ? 2 : 1,
      // A poll may be parked for hours, across freezes (contract, section 1.1).
      headersTimeout: 0,
      bodyTimeout: 0,
      connectTimeout: CONNECT_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      maxResponseSize: REPLY_BYTES_MAX,
      allowH2: false,
    });
  }

  exchange(parts: RequestParts, onSent: () => void = () => {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { method, path, headers, body, isPipelined = false } = parts;
      this.#client.dispatch(
        { method, path, headers: headers as string[], body: body ?? null, blocking: !isPipelined },
        new ReplyCollector(resolve, reject, onSent, this.#nowMs),
      );
    });
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }
}

/** Gathers one reply. undici's own request() builds streams, three times as dear per exchange. */
class ReplyCollector implements Dispatcher.DispatchHandler {
  readonly #resolve: (reply: Reply) => void;
  readonly #reject: (error: Error) => void;
  readonly #onSent: () => void;
  readonly #nowMs: TransportOptions['nowMs'];
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #status = 0;
  #headers: HeaderRecord = {};
  #firstByteAtMs: number | undefined;

  constructor(
    resolve: (reply: Reply) => void,
    reject: (error: Error) => void,
    onSent: () => void,
    nowMs: TransportOptions['nowMs'],
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onSent = onSent;
    this.#nowMs = nowMs;
  }

  /** undici says so right before it writes, in the same turn. */
  onRequestStart(): void {
    queueMicrotask(this.#onSent);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HeaderRecord,
  ): void {
    // The head is read whole here: undici does not tell of the first byte itself.
    this.#firstByteAtMs = this.#nowMs?.();
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    // The chunk is a view on the socket's read buffer, which is used again: keep a copy.
    this.#chunks.push(new Uint8Array(chunk));
    this.#bytes += chunk.byteLength;
  }

  onResponseEnd(): void {
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: this.#joined(),
      firstByteAtMs: this.#firstByteAtMs,
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }

  #joined(): Uint8Array {
    const [only] = this.#chunks;
    if (only !== undefined && this.#chunks.length === 1) return only;
    const whole = new Uint8Array(this.#bytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return whole;
  }
}
