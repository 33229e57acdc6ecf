// The smallest server that a runtime takes for the Runtime API: it hands out events one by one,
// notes when each answer and each next poll is there, and checks the answer between the two.
// Own code on raw sockets, because the server must cost less than what it measures.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { encodeEvent } from './event-encoder.ts';
import { type Loop, type LoopResult, LoopRun, nowUs } from './loop-run.ts';
import { RequestParser, type RuntimeRequest } from './request-parser.ts';

const ACCEPTED = Buffer.from(
  'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n' +
    '{"status":"OK"}\n',
  'latin1',
);
export class ApiServer {
  /** What goes into AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** When the first poll came, on the clock of nowUs(). */
  firstPollUs: number | undefined;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #parked: Socket | undefined;
  #run: LoopRun | undefined;
  #reject: ((error: Error) => void) | undefined;
  #failure: Error | undefined;
  #nextId = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async listen(): Promise<ApiServer> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ApiServer(server);
  }

  /** Serves `count` events, back to back; settles when the poll after the last answer is there. */
  serve(loop: Loop): Promise<LoopResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#reject = reject;
      const startUs = nowUs();
      const run = new LoopRun(loop, resolve);
      this.#run = run;
      this.#deliver();
      run.serverUs += nowUs() - startUs;
    });
  }

  /** Ends what is under way with `error`: the runtime died, or took too long. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#reject?.(this.#failure);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    const parser = new RequestParser();
    socket.on('data', (piece) => {
      const startUs = nowUs();
      const run = this.#run;
      try {
        for (const request of parser.push(piece)) this.#handle(socket, request, startUs);
      } catch (error) {
        this.fail(error instanceof Error ? error : new Error(String(error)));
      }
      if (run === undefined) return;
      run.serverUs += nowUs() - startUs;
      if (run.isComplete && this.#run === undefined) run.finish();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #handle(socket: Socket, request: RuntimeRequest, atUs: number): void {
    if (request.method === 'GET') {
      this.firstPollUs ??= atUs;
      this.#parked = socket;
      this.#run?.polled(atUs);
      this.#deliver();
      return;
    }
    const problem = request.path.endsWith('/response')
      ? undefined
      : `${request.path} with ${Buffer.concat(request.body).toString('utf8', 0, 500)}`;
    if (request.path.endsWith('/init/error')) this.fail(new Error(`Cannot serve: ${problem}`));
    this.#run?.answered(atUs, request.body, problem);
    socket.write(ACCEPTED);
  }

  #deliver(): void {
    const run = this.#run;
    const socket = this.#parked;
    if (run === undefined || socket === undefined) return;
    if (run.isComplete) {
      // The result is made where the time of the piece of work that ends here is known.
      this.#run = undefined;
      return;
    }
    this.#parked = undefined;
    this.#nextId += 1;
    const bytes = encodeEvent(run.nextEvent(), this.#nextId);
    run.sent(nowUs());
    socket.write(bytes);
  }
}
