// Replies of an HTTP/1.1 server, read from the wire however it cuts them.
import type { HeaderRecord } from '../core/invocation.ts';
import { HEADER_BYTES_MAX } from '../core/limits.ts';
import { ChunkedBody } from './chunked-body.ts';
import { REPLY_BYTES_MAX, type Reply } from './transport.ts';

/** Where the body of a reply that is being read goes. */
type Body = {
  /** Returns how many of the bytes from `start` on it has taken. */
  take(bytes: Buffer, start: number, end: number): number;
  readonly isWhole: boolean;
  readonly bytes: Uint8Array;
};

type Head = {
  readonly status: number;
  readonly headers: HeaderRecord;
  /** The server takes another request on this connection. */
  readonly isKeptAlive: boolean;
};

const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: |\r|$)/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const NOTHING: Buffer = Buffer.alloc(0);
const SPACE = 32;
/** The same few names come with each reply: they are checked and put in lower case once. */
const NAMES_KEPT_MAX = 100;
const knownNames = new Map<string, string>();

/** As an object without a prototype, and twice as fast to fill: its prototype is an empty one. */
class Fields {
  [name: string]: string;
}
Object.setPrototypeOf(Fields.prototype, null);
Reflect.deleteProperty(Fields.prototype, 'constructor');

export class ReplyReader {
  readonly #onReply: (reply: Reply, isKeptAlive: boolean) => void;
  /** The beginning of a head. */
  #rest: Buffer = NOTHING;
  readonly #nowMs: (() => number) | undefined;
  #firstByteAtMs: number | undefined;
  #head: Head | undefined;
  #body: Body | undefined;

  /** @param onReply gets each reply when it is whole; the connection's end may be part of it. */
  constructor(onReply: (reply: Reply, isKeptAlive: boolean) => void, nowMs?: () => number) {
    this.#onReply = onReply;
    this.#nowMs = nowMs;
  }

  /** Takes the next bytes; nothing refers to them afterwards.
   * @throws Error for what is no reply, or one far larger than any. */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length)
      at = this.#body === undefined ? this.#readHead(bytes, at) : this.#readBody(bytes, at);
  }

  /** The server has closed the connection: that is the end of a body without a length. */
  end(): void {
    if (this.#body instanceof OpenBody) this.#finish(this.#body);
  }

  #readHead(bytes: Buffer, start: number): number {
    const before = this.#rest.length;
    if (before === 0) this.#firstByteAtMs = this.#nowMs?.();
    const piece = start === 0 ? bytes : bytes.subarray(start);
    const whole = before === 0 ? piece : Buffer.concat([this.#rest, piece]);
    // Its end may lie across two pieces.
    const end = whole.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length), 'latin1');
    if ((end === -1 ? whole.length : end) > HEADER_BYTES_MAX) {
      throw new Error(`the head of a reply has more than ${HEADER_BYTES_MAX} bytes`);
    }
    if (end === -1) {
      this.#rest = before === 0 ? Buffer.from(whole) : whole;
      return bytes.length;
    }
    this.#rest = NOTHING;
    this.#begin(whole.toString('latin1', 0, end));
    return start + end + HEAD_END.length - before;
  }

  #begin(text: string): void {
    const [, minor, digits] = STATUS_LINE.exec(text) ?? [];
    if (digits === undefined) throw new Error(`not a reply: "${text.slice(0, 40)}"`);
    const status = Number(digits);
    // Informational: the reply itself is still to come.
    if (status < 200) return;
    const headers = parseHeaders(text);
    const connection = String(headers['connection'] ?? '').toLowerCase();
    const isKeptAlive = minor === '1' ? connection !== 'close' : connection === 'keep-alive';
    this.#head = { status, headers, isKeptAlive };
    const body = openBody(status, headers);
    if (body.isWhole) this.#finish(body);
    else this.#body = body;
  }

  #readBody(bytes: Buffer, start: number): number {
    const body = this.#body as Body;
    const taken = body.take(bytes, start, bytes.length);
    if (body.isWhole) this.#finish(body);
    return start + taken;
  }

  #finish({ bytes }: Body): void {
    const { status, headers, isKeptAlive } = this.#head as Head;
    const hasEnd = !(this.#body instanceof OpenBody);
    this.#head = this.#body = undefined;
    const firstByteAtMs = this.#firstByteAtMs;
    this.#onReply({ status, headers, body: bytes, firstByteAtMs }, isKeptAlive && hasEnd);
  }
}

/** Names in lower case; of a name that comes twice the first value. */
function parseHeaders(text: string): HeaderRecord {
  const headers = new Fields();
  let start = text.indexOf('\r\n');
  while (start !== -1) {
    start += 2;
    const next = text.indexOf('\r\n', start);
    const end = next === -1 ? text.length : next;
    const colon = text.indexOf(':', start);
    const name = colon === -1 || colon > end ? undefined : toName(text.slice(start, colon));
    if (name === undefined) {
      throw new Error(`not a header: "${text.slice(start, Math.min(end, start + 40))}"`);
    }
    const from = text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1;
    const value = text.slice(from, end).trim();
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else if (name === 'content-length' && known !== value) {
      throw new Error(`a reply of two lengths: ${known} and ${value}`);
    }
    start = next;
  }
  return headers;
}

/** In lower case; undefined: it is none. */
function toName(text: string): string | undefined {
  const known = knownNames.get(text);
  if (known !== undefined || !NAME.test(text)) return known;
  const name = text.toLowerCase();
  if (knownNames.size < NAMES_KEPT_MAX) knownNames.set(text, name);
  return name;
}

/** @throws Error when how long it is cannot be read, or is too much. */
function openBody(status: number, headers: HeaderRecord): Body {
  if (status === 204 || status === 304) return new SizedBody(0);
  const { 'transfer-encoding': encoding, 'content-length': length } = headers;
  if (encoding !== undefined) {
    if (String(encoding).toLowerCase() === 'chunked') return new ChunkedBody();
    throw new Error(`a reply in the transfer encoding "${encoding}"`);
  }
  if (length === undefined) return new OpenBody();
  if (!/^\d{1,15}$/.test(String(length))) throw new Error(`a reply of the length "${length}"`);
  const size = Number(length);
  if (size > REPLY_BYTES_MAX) throw tooLong(size);
  return new SizedBody(size);
}

/** Its length is known: it is put where it will stay. */
class SizedBody implements Body {
  readonly bytes: Buffer;
  #size = 0;

  constructor(size: number) {
    // Not from the pool, which is shared with others.
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  get isWhole(): boolean {
    return this.#size === this.bytes.length;
  }

  take(bytes: Buffer, start: number, end: number): number {
    const taken = bytes.copy(this.bytes, this.#size, start, end);
    this.#size += taken;
    return taken;
  }
}

/** It ends with the connection. */
class OpenBody implements Body {
  readonly isWhole: boolean = false;
  readonly #pieces: Buffer[] = [];
  #size = 0;

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces, this.#size));
  }

  take(bytes: Buffer, start: number, end: number): number {
    this.#size += end - start;
    if (this.#size > REPLY_BYTES_MAX) throw tooLong(this.#size);
    this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
    return end - start;
  }
}

function tooLong(size: number): Error {
  return new Error(`a reply of ${size} bytes: more than ${REPLY_BYTES_MAX} are not read`);
}
