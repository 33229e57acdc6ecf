// A Runtime API for functions that stream: it hands out one event at a time and keeps what comes
// back as it came, piece by piece. What a reader does (slow, gone, refusing) is the test's to say.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export type Answer = {
  readonly endpoint: string;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly bytes: number;
  /** It came to its end. */
  readonly isWhole: boolean;
  /** On the clock of performance.now(). */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
};

/** Takes one answer in. The default reads all of it and accepts it. */
export type Read = (request: IncomingMessage, response: ServerResponse) => void;

type Call = {
  readonly id: string;
  readonly event: string;
  readonly timeoutMs: number;
  readonly read: Read;
  readonly onAnswer: (answer: Answer) => void;
};

export const accept: Read = (request, response) => {
  request.on('data', () => {});
  request.on('end', () => reply(response, 202, { status: 'OK' }));
};

export function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** More than this is counted and not kept. */
const TEXT_BYTES_MAX = 1024 * 1024;

export class StreamServer {
  readonly address: string;
  /** Polls that came while a streamed answer was not yet taken, in words. */
  readonly overlaps: string[] = [];
  /** Told by the runtime when Init has failed. */
  initError: Promise<Answer>;
  readonly #calls: Call[] = [];
  readonly #parked: ServerResponse[] = [];
  #onInitError: (answer: Answer) => void = () => {};
  #current: Call | undefined;
  #isAnswering = false;
  #count = 0;

  private constructor(server: Server) {
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => this.#serve(request, response));
    this.initError = new Promise((resolve) => {
      this.#onInitError = resolve;
    });
  }

  static async start(context: TestContext): Promise<StreamServer> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return new StreamServer(server);
  }

  /** Hands the event out and resolves with what came for it. */
  invoke(event: unknown, { timeoutMs = 20_000, read = accept } = {}): Promise<Answer> {
    return new Promise((onAnswer) => {
      this.#count += 1;
      const id = `r-${this.#count}`;
      this.#calls.push({ id, event: JSON.stringify(event), timeoutMs, read, onAnswer });
      this.#deliver();
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '' } = request;
    if (method === 'GET') {
      if (this.#isAnswering) this.overlaps.push('a poll before the answer was taken');
      this.#parked.push(response);
      this.#deliver();
      return;
    }
    const isInit = url.endsWith('/init/error');
    const call = this.#current;
    // Errors may be followed by the poll at once (docs/adr/0002-pipelining.md).
    this.#isAnswering = url.endsWith('/response');
    // Before the body is there: the head alone says what it is.
    const answered = this.#collect(request);
    response.on('finish', () => {
      this.#isAnswering = false;
    });
    request.socket.on('close', () => {
      this.#isAnswering = false;
    });
    void answered.then((answer) => (isInit ? this.#onInitError(answer) : call?.onAnswer(answer)));
    (isInit ? accept : (call?.read ?? accept))(request, response);
  }

  #collect(request: IncomingMessage): Promise<Answer> {
    const beganAtMs = performance.now();
    const { url = '', headers } = request;
    let text = '';
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes <= TEXT_BYTES_MAX) text += chunk.toString('latin1');
    });
    return new Promise((resolve) => {
      const end = (): void => {
        const { complete: isWhole, trailers } = request;
        const times = { beganAtMs, endedAtMs: performance.now() };
        const endpoint = url.replace(/^.*\/(invocation\/r-\d+|init)\//, '');
        resolve({ endpoint, headers, trailers, text, bytes, isWhole, ...times });
      };
      request.on('close', end);
      // After a reply that came early Node tells no more of the request.
      request.socket.on('close', end);
    });
  }

  #deliver(): void {
    const response = this.#parked[0];
    const call = this.#calls[0];
    if (response === undefined || call === undefined) return;
    this.#parked.shift();
    this.#calls.shift();
    this.#current = call;
    response.writeHead(200, {
      'lambda-runtime-aws-request-id': call.id,
      'lambda-runtime-deadline-ms': String(Date.now() + call.timeoutMs),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:f',
      'lambda-runtime-invocation-id': `i-${call.id}`,
      'content-type': 'application/json',
    });
    response.end(call.event);
  }
}

/** The error that stands behind a body, as the platform reads it. */
export function trailingError({ trailers }: Answer): unknown {
  const body = trailers['lambda-runtime-function-error-body'];
  return body === undefined ? undefined : JSON.parse(Buffer.from(body, 'base64').toString());
}
