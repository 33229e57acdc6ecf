// The connection of a lane to the platform's own server: plain HTTP/1.1 on a socket, one write for
// an answer and the poll behind it, one buffer for what all lanes read
// (docs/adr/0024-own-connection.md).
import { connect, type Socket } from 'node:net';
import type { ApiAddress } from './address.ts';
import { ReplyReader } from './reply-reader.ts';
import {
  CONNECT_MS_MAX,
  type Reply,
  type RequestParts,
  type Transport,
  type TransportOptions,
} from './transport.ts';

// Taken before user code can replace it: with BULKHEAD_ISOLATION=none it runs on this thread.
const { nextTick } = process;

/** What one read takes in: an event of the usual size is one read. */
const READ_BYTES = 256 * 1024;
/** A body up to this is copied behind its head and goes out with it; a larger one follows. */
const COPIED_BYTES_MAX = 16 * 1024;
/** A server that has gone without a word is noticed, also on a parked poll. */
const KEEP_ALIVE_MS = 60_000;
/** An answer and the poll behind it (docs/adr/0002-pipelining.md). */
const ON_THE_WIRE_MAX = 2;

type Exchange = {
  readonly head: string;
  readonly body: Uint8Array | undefined;
  readonly isPipelined: boolean;
  readonly onSent: () => void;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
};

/** What has been read is used up before the next read, whichever connection it is for. */
let readBuffer: Buffer | undefined;

export class SocketTransport implements Transport {
  readonly #address: ApiAddress;
  readonly #host: string;
  readonly #onTheWireMax: number;
  readonly #nowMs: (() => number) | undefined;
  #socket: Socket | undefined;
  #isConnected = false;
  #isClosed = false;
  /** A flush is due at the end of this turn. */
  #isDue = false;
  /** Not sent yet. */
  #waiting: Exchange[] = [];
  /** Sent, in the order of their replies. */
  #sent: Exchange[] = [];

  constructor(address: ApiAddress, options: TransportOptions) {
    const { pipelining, connectsAtOnce = false } = options;
    this.#nowMs = options.nowMs;
    this.#address = address;
    this.#host = `${address.host}:${address.port}`;
    this.#onTheWireMax = pipelining ? ON_THE_WIRE_MAX : 1;
    if (connectsAtOnce) this.#socket = this.#connect();
  }

  exchange(parts: RequestParts, onSent: () => void = () => {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new Error('the connection was closed'));
        return;
      }
      const { body, isPipelined = false } = parts;
      const head = toHead(parts, this.#host);
      this.#waiting.push({ head, body, isPipelined, onSent, resolve, reject });
      this.#flushSoon();
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    const lost = [...this.#sent, ...this.#waiting];
    this.#sent = [];
    this.#waiting = [];
    this.#socket?.destroy();
    for (const { reject } of lost) reject(new Error('the connection was closed'));
    return Promise.resolve();
  }

  /** What is asked for in one turn goes out in one write. */
  #flushSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    nextTick(() => {
      this.#isDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    if (this.#socket === undefined) this.#socket = this.#connect();
    if (!this.#isConnected) return;
    const [first, second] = this.#waiting;
    if (first === undefined || !this.#mayFollow()) return;
    this.#moveOn(first);
    const follows = second !== undefined && this.#mayFollow();
    if (follows) this.#moveOn(second);
    const sent = follows ? [first, second] : [first];
    this.#socket.ref();
    write(this.#socket, sent);
    for (const { onSent } of sent) onSent();
  }

  #moveOn(exchange: Exchange): void {
    this.#waiting.shift();
    this.#sent.push(exchange);
  }

  /** One more may be written. */
  #mayFollow(): boolean {
    const last = this.#sent.at(-1);
    return last === undefined || (last.isPipelined && this.#sent.length < this.#onTheWireMax);
  }

  #connect(): Socket {
    readBuffer ??= Buffer.allocUnsafeSlow(READ_BYTES);
    const buffer = readBuffer;
    const reader = new ReplyReader((reply, isKeptAlive) => {
      if (this.#socket === socket) this.#onReply(reply, isKeptAlive);
    }, this.#nowMs);
    const socket: Socket = connect({
      ...this.#address,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      timeout: CONNECT_MS_MAX,
      onread: {
        buffer,
        callback: (size) => {
          this.#read(socket, reader, buffer.subarray(0, size));
          return true;
        },
      },
    });
    // At the first sign of its end: what is asked for after it opens another connection.
    const lose = (error: Error = new Error('the other side closed it')): void => {
      if (this.#socket === socket) this.#lose(error);
    };
    socket
      .on('timeout', () => {
        socket.destroy(new Error(`no connection to ${this.#host} within ${CONNECT_MS_MAX} ms`));
      })
      .on('connect', () => {
        // From here on it may be silent for hours: a parked poll is.
        socket.setTimeout(0);
        if (this.#socket !== socket) return;
        this.#isConnected = true;
        if (this.#waiting.length > 0) this.#flush();
        else socket.unref();
      })
      .on('error', lose)
      .on('end', () => {
        reader.end();
        socket.destroy();
        lose();
      })
      .on('close', () => lose());
    return socket;
  }

  #read(socket: Socket, reader: ReplyReader, bytes: Buffer): void {
    if (this.#socket !== socket) return;
    try {
      reader.push(bytes);
    } catch (error) {
      socket.destroy();
      this.#lose(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #onReply(reply: Reply, isKeptAlive: boolean): void {
    const exchange = this.#sent.shift();
    exchange?.resolve(reply);
    if (isKeptAlive && exchange !== undefined) {
      if (this.#waiting.length > 0) this.#flushSoon();
      // Nothing is waited for: a handler on this thread may find out that nothing is pending.
      else if (this.#sent.length === 0) this.#socket?.unref();
      return;
    }
    this.#socket?.destroy();
    this.#drop();
  }

  /** Of what was on the wire the first has no reply; what followed it was not read, or not heeded
   * (docs/adr/0002-pipelining.md). */
  #lose(error: Error): void {
    const first = this.#isConnected ? this.#sent.shift() : undefined;
    const refused = this.#isConnected ? [] : this.#waiting.splice(0);
    this.#drop();
    first?.reject(error);
    for (const { reject } of refused) reject(error);
  }

  /** The next request opens another connection. */
  #drop(): void {
    this.#socket = undefined;
    this.#isConnected = false;
    this.#waiting = [...this.#sent.splice(0), ...this.#waiting];
    if (this.#waiting.length > 0) this.#flushSoon();
  }
}

function toHead({ method, path, headers, body }: RequestParts, host: string): string {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  if (method === 'POST') text += `content-length: ${body?.byteLength ?? 0}\r\n`;
  return `${text}\r\n`;
}

/** Into one piece as far as that is cheap: each piece costs about as much as a system call. */
function write(socket: Socket, exchanges: readonly Exchange[]): void {
  let size = 0;
  for (const { head, body } of exchanges) size += head.length + (body?.byteLength ?? 0);
  if (size <= COPIED_BYTES_MAX) {
    const whole = Buffer.allocUnsafe(size);
    let at = 0;
    for (const { head, body } of exchanges) {
      at += whole.write(head, at, 'latin1');
      if (body === undefined) continue;
      whole.set(body, at);
      at += body.byteLength;
    }
    socket.write(whole);
    return;
  }
  socket.cork();
  for (const { head, body } of exchanges) {
    socket.write(head, 'latin1');
    if (body !== undefined) socket.write(body);
  }
  socket.uncork();
}
