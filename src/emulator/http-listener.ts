// One HTTP server on one port: listening with clear errors, closing without leftovers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { REQUEST_HEAD_BYTES_MAX } from './emulator-limits.ts';

export type ListenOptions = {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Name of the emulator option that sets the port, for error texts. */
  readonly portOption: string;
  /** Serves one request; resolves when its connection may be used for the next one. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
};

export class HttpListener {
  readonly #server: Server;
  readonly #serve: ListenOptions['serve'];
  readonly #turns = new WeakMap<Socket, Promise<void>>();
  #address = '';

  private constructor(options: ListenOptions) {
    this.#serve = options.serve;
    this.#server = createServer({
      maxHeaderSize: REQUEST_HEAD_BYTES_MAX,
      // Lambda's server has no timeouts: an idle connection may stay open for hours.
      connectionsCheckingInterval: 60_000,
      headersTimeout: 0,
      requestTimeout: 0,
      keepAliveTimeout: 0,
      noDelay: true,
    });
    this.#server.maxHeadersCount = 0;
    this.#server.timeout = 0;
    this.#server.on('request', (request, response) => this.#takeTurn(request, response));
    this.#server.on('clientError', answerClientError);
  }

  /**
   * Opens the port.
   *
   * @throws Error with the system's `code`; for `EADDRINUSE` the text names port and option.
   */
  static async open(options: ListenOptions): Promise<HttpListener> {
    const listener = new HttpListener(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const server = listener.#server;
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, resolve);
    try {
      await promise;
    } catch (error) {
      throw describeListenError(error, options);
    } finally {
      server.off('error', reject);
    }
    const address = server.address();
    if (address !== null && typeof address === 'object') {
      const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      listener.#address = `${host}:${address.port}`;
    }
    return listener;
  }

  /** `host:port` that the server is bound to. */
  get address(): string {
    return this.#address;
  }

  /** Ends every open connection; the server goes on listening. */
  dropConnections(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  /** Lambda's server reads the next request of a connection only after it has answered the one
   * before; Node's would start both at once, and a pipelined poll could overtake its answer. */
  #takeTurn(request: IncomingMessage, response: ServerResponse): void {
    // A peer that leaves in the middle of a reply is not our error.
    response.on('error', () => {});
    const before = this.#turns.get(request.socket) ?? Promise.resolve();
    const turn = before
      // What follows on a connection that it has closed is never read.
      .then(() => (request.socket.writable ? this.#serve(request, response) : undefined))
      // A defect in a route closes the connection without a reply, as a panic in Go does.
      .catch(() => {
        request.socket.destroy();
      });
    this.#turns.set(request.socket, turn);
  }
}

function describeListenError(error: unknown, options: ListenOptions): Error {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const advice =
    code === 'EADDRINUSE'
      ? `: the port is in use; stop what uses it, or set "${options.portOption}" to another port ` +
        '(0 takes any free one)'
      : `: ${error instanceof Error ? error.message : String(error)}`;
  const { host, port, portOption } = options;
  const text = `Cannot listen on ${host}:${port}${advice}`;
  return Object.assign(new Error(text, { cause: error }), { code, port, portOption });
}

function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket | NodeJS.WritableStream,
): void {
  const connection = socket as Socket;
  // The peer closed its side in the middle of a request: nobody is left to read a reply.
  if (
    error.code === 'HPE_INVALID_EOF_STATE' ||
    error.code === 'ECONNRESET' ||
    !connection.writable
  ) {
    connection.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request';
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close`;
  connection.end(`${head}\r\n\r\n${status}`);
}
