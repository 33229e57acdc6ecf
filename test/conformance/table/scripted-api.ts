// A Runtime API that does what its script says and keeps everything that it is sent.
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { NextReply, PostReply } from './case.ts';

export type RecordedRequest = {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Which of the connections, from 0. */
  readonly connection: number;
  /** The body in the pieces in which it came. */
  readonly pieces: Buffer[];
  /** Names and values in turn, once the body has ended. */
  rawTrailers: readonly string[];
  /** The body has been read to its end. */
  isComplete: boolean;
};

/** An event with the id that it is handed out under. */
export type ScriptedEvent = NextReply & { readonly requestId: string };

export type Script = {
  readonly events: readonly ScriptedEvent[];
  readonly posts: readonly PostReply[];
  /** Resolves when stdout has it. */
  readonly waitForOutput: (pattern: RegExp) => Promise<unknown>;
};

export const NEXT = '/2018-06-01/runtime/invocation/next';
const RESTORE = '/2018-06-01/runtime/restore/next';
/** For handlers: answers once a piece of a streamed result has come. */
const FIRST_PIECE = '/test/first-piece';
/** The platform's own bound. */
const HEADER_BYTES_MAX = 1024 * 1024 + 4096;
/** Long enough for every case; nothing here waits for it. */
const BUDGET_MS = 60_000;

export class ScriptedApi {
  readonly requests: RecordedRequest[] = [];
  /** Every byte that has come, by connection. */
  readonly wire: Buffer[][] = [];
  /** Resolves when a poll finds no event left. */
  readonly over: Promise<void>;
  readonly #server: Server;
  readonly #script: Script;
  readonly #sockets = new Map<Socket, number>();
  readonly #reads = new Set<Promise<void>>();
  readonly #onPiece: (() => void)[] = [];
  #onOver: () => void = () => {};
  #eventAt = 0;
  #postAt = 0;
  #handedOut = 0;
  #answers = 0;
  readonly #onAnswer: (() => void)[] = [];

  private constructor(script: Script) {
    this.#script = script;
    this.over = new Promise((resolve) => {
      this.#onOver = resolve;
    });
    const options = { maxHeaderSize: HEADER_BYTES_MAX };
    this.#server = createServer(options, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('connection', (socket: Socket) => this.#connected(socket));
    // A peer that is killed resets its connections.
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async open(script: Script): Promise<ScriptedApi> {
    const api = new ScriptedApi(script);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when what has begun to come has come. */
  async settled(): Promise<void> {
    await Promise.all(this.#reads);
  }

  /** Resolves when there are as many answers as events: a poll may overtake an answer. */
  async answered(): Promise<void> {
    while (this.#answers < this.#handedOut) {
      await new Promise<void>((resolve) => this.#onAnswer.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connected(socket: Socket): void {
    const bytes: Buffer[] = [];
    this.#sockets.set(socket, this.wire.length);
    this.wire.push(bytes);
    socket.on('data', (piece: Buffer) => bytes.push(piece));
    socket.on('error', () => socket.destroy());
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request;
    if (path === FIRST_PIECE) return this.#awaitPiece(request, response);
    const record: RecordedRequest = {
      method,
      path,
      rawHeaders: request.rawHeaders,
      connection: this.#sockets.get(request.socket) ?? -1,
      pieces: [],
      rawTrailers: [],
      isComplete: false,
    };
    this.requests.push(record);
    // Restored at once: nothing was frozen.
    if (path === RESTORE) return void response.writeHead(200).end();
    if (method === 'GET') return await this.#next(request, response);
    const { status, after, resets, body = '{"status":"OK"}\n' } = this.#postReply(path);
    const reading = this.#read(request, record);
    this.#reads.add(reading);
    if (resets) request.once('data', () => request.socket.resetAndDestroy());
    await reading;
    if (isAnswer(path)) {
      this.#answers += 1;
      for (const tell of this.#onAnswer.splice(0)) tell();
    }
    if (!record.isComplete) return;
    if (after !== undefined) await this.#script.waitForOutput(after);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  }

  #postReply(path: string): PostReply {
    const reply = isAnswer(path) ? this.#script.posts[this.#postAt] : undefined;
    if (isAnswer(path)) this.#postAt += 1;
    return reply ?? { status: 202 };
  }

  async #read(request: IncomingMessage, record: RecordedRequest): Promise<void> {
    request.on('data', (piece: Buffer) => {
      record.pieces.push(piece);
      for (const tell of this.#onPiece.splice(0)) tell();
    });
    try {
      await once(request, 'end');
      record.isComplete = true;
    } catch {
      // Its sender was killed, or has given up: what has come is there.
    }
    record.rawTrailers = request.rawTrailers;
  }

  async #next(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const event = this.#script.events[this.#eventAt];
    this.#eventAt += 1;
    if (event === undefined) return this.#onOver();
    if (event.after !== undefined) await this.#script.waitForOutput(event.after);
    if (event.resets) return void request.socket.resetAndDestroy();
    const { status = 200, body = '{}' } = event;
    if (status === 200) this.#handedOut += 1;
    response.writeHead(status, toHeaders(event)).end(body);
  }

  async #awaitPiece(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const hasCome = this.requests.some(({ pieces }) => pieces.length > 0);
    if (!hasCome) await new Promise<void>((resolve) => this.#onPiece.push(resolve));
    response.writeHead(200).end();
  }
}

function isAnswer(path: string): boolean {
  return /\/invocation\/.*\/(response|error)$/.test(path);
}

function toHeaders({ requestId, headers = {} }: ScriptedEvent): OutgoingHttpHeaders {
  const all: Record<string, string | undefined> = {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': requestId,
    'Lambda-Runtime-Deadline-Ms': String(Date.now() + BUDGET_MS),
    'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-west-1:012345678912:function:f',
    'Lambda-Runtime-Trace-Id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
    ...headers,
  };
  const known = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known);
}
