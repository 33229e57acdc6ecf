// A Runtime API for several events at once, as Managed Instances have it: any number of parked
// polls, served in their order, and answers that are routed by id. An event goes out only to a
// parked poll; every id has to be answered exactly once, and what is not so is counted.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { encodeEvent } from './event-encoder.ts';
import { nowUs } from './loop-run.ts';
import { RequestParser, type RuntimeRequest } from './request-parser.ts';
import { ACCEPTED, REFUSED, type ServerCounts, TOO_LATE, zeroCounts } from './server-counts.ts';

export type Answer = RunningEvent & {
  /** Of POST .../error: its body says why. */
  readonly isError: boolean;
  readonly body: readonly Buffer[];
  readonly answeredUs: number;
};

/** What changes parked + running: a poll adds one, an end takes one away. */
export type CapacityChange = 'polled' | 'answered' | 'failed' | 'abandoned' | 'dropped';

export type RunningEvent = {
  readonly id: number;
  /** That of the poll which it answered. */
  readonly connection: number;
  /** When it was there, and when it went out, by nowUs(). */
  readonly queuedUs: number;
  readonly sentUs: number;
};

type QueuedEvent = { readonly id: number; readonly event: Buffer; readonly queuedUs: number };

type Connection = {
  readonly id: number;
  readonly socket: Socket;
  readonly parser: RequestParser;
  /** Came behind a parked poll: HTTP/1.1 replies in order, so they wait for its event. */
  readonly behind: RuntimeRequest[];
  isPolling: boolean;
};

const ANSWERED = 1;
const GIVEN_UP = 2;
const IDS_FIRST = 65_536;
const ANSWER_PATH = /-(\d{12})\/(response|error)$/;

export class ConcurrentServer {
  /** What goes into AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  readonly counts: ServerCounts = zeroCounts();
  /** Rejects when the runtime can no longer be measured; never resolves. */
  readonly failed: Promise<never>;
  /** Time that events are given, for the deadline in their headers. */
  deadlineMs: number | undefined;
  onAnswer: (answer: Answer) => void = () => {};
  /** Told with the connection of the poll, or of the poll that the event went out to. */
  onCapacity: (change: CapacityChange, connection: number) => void = () => {};
  onClosed: (connection: number) => void = () => {};
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #parked = new Set<Connection>();
  readonly #queue = new Set<QueuedEvent>();
  readonly #running = new Map<number, RunningEvent>();
  /** Of each id: 0 while it waits or runs. */
  #ends = new Uint8Array(IDS_FIRST);
  #lastId = 0;
  #reject: (error: Error) => void = () => {};

  private constructor(server: Server) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // Whoever waits for it sees the failure; without anyone waiting it is not an unhandled one.
    this.failed.catch(() => {});
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async listen(): Promise<ConcurrentServer> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ConcurrentServer(server);
  }

  get parked(): number {
    return this.#parked.size;
  }

  get parkedConnections(): number[] {
    return [...this.#parked].map(({ id }) => id);
  }

  get running(): number {
    return this.#running.size;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** The events that are out, the longest first. */
  runningEvents(): IterableIterator<RunningEvent> {
    return this.#running.values();
  }

  /** Hands an event out, or queues it until something is parked. Returns its id. */
  push(make: (id: number) => Buffer): number {
    this.#lastId += 1;
    const id = this.#lastId;
    if (id >= this.#ends.length) this.#growEnds();
    const queuedUs = nowUs();
    const event = make(id);
    const [connection] = this.#parked;
    if (connection === undefined) {
      this.counts.queued += 1;
      this.#queue.add({ id, event: Buffer.from(event), queuedUs });
    } else {
      this.#parked.delete(connection);
      this.#handOut(connection, { id, event, queuedUs });
    }
    return id;
  }

  /** Stops waiting for the answer to an event that is out; one that comes later is late. */
  giveUp(id: number): void {
    const event = this.#running.get(id);
    if (event === undefined) return;
    this.#running.delete(id);
    this.#ends[id] = GIVEN_UP;
    this.onCapacity('abandoned', event.connection);
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  close(): void {
    for (const { socket } of this.#connections) socket.destroy();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    const parser = new RequestParser();
    this.counts.connections += 1;
    const id = this.counts.connections;
    const connection: Connection = { id, socket, parser, behind: [], isPolling: false };
    this.#connections.add(connection);
    socket.on('data', (piece) => {
      const atUs = nowUs();
      try {
        for (const request of parser.push(piece)) this.#take(connection, request, atUs);
      } catch (error) {
        this.fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.delete(connection);
      if (this.#parked.delete(connection)) {
        this.counts.dropped += 1;
        this.onCapacity('dropped', id);
      }
      this.onClosed(id);
    });
  }

  #take(connection: Connection, request: RuntimeRequest, atUs: number): void {
    if (connection.isPolling) connection.behind.push(request);
    else if (request.method === 'GET') this.#park(connection);
    else this.#end(connection, request, atUs);
  }

  #park(connection: Connection): void {
    this.counts.polls += 1;
    connection.isPolling = true;
    const [waiting] = this.#queue;
    if (waiting !== undefined) {
      this.#queue.delete(waiting);
      this.#handOut(connection, waiting);
    } else {
      this.#parked.add(connection);
      this.counts.parkedMost = Math.max(this.counts.parkedMost, this.#parked.size);
    }
    this.counts.heldMost = Math.max(this.counts.heldMost, this.#parked.size + this.#running.size);
    this.onCapacity('polled', connection.id);
  }

  #handOut(connection: Connection, { id, event, queuedUs }: QueuedEvent): void {
    this.counts.handedOut += 1;
    connection.isPolling = false;
    connection.socket.write(encodeEvent(event, id, this.deadlineMs));
    this.#running.set(id, { id, connection: connection.id, queuedUs, sentUs: nowUs() });
    for (const request of connection.behind.splice(0)) this.#take(connection, request, nowUs());
  }

  #end({ socket }: Connection, { path, body }: RuntimeRequest, atUs: number): void {
    const [, digits, kind] = ANSWER_PATH.exec(path) ?? [];
    if (digits === undefined) {
      const text = Buffer.concat(body).toString('utf8', 0, 500);
      this.fail(new Error(`Cannot serve: ${path} with ${text}`));
      socket.write(REFUSED);
      return;
    }
    const id = Number(digits);
    const event = this.#running.get(id);
    if (event === undefined) {
      this.#countStray(id);
      socket.write(this.#ends[id] === GIVEN_UP ? TOO_LATE : REFUSED);
      return;
    }
    this.#running.delete(id);
    this.#ends[id] = ANSWERED;
    socket.write(ACCEPTED);
    const isError = kind === 'error';
    this.onCapacity(isError ? 'failed' : 'answered', event.connection);
    this.onAnswer({ ...event, isError, body, answeredUs: atUs });
  }

  #countStray(id: number): void {
    const end = this.#ends[id];
    if (end === ANSWERED) this.counts.duplicate += 1;
    else if (end === GIVEN_UP) this.counts.late += 1;
    else this.counts.unknown += 1;
  }

  #growEnds(): void {
    const longer = new Uint8Array(this.#ends.length * 2);
    longer.set(this.#ends);
    this.#ends = longer;
  }
}
