// Reads the few requests of a runtime off one connection: GET /next and the two POSTs.
// Knows length-framed and chunked bodies and any number of requests in one piece; nothing else.

export type RuntimeRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The body, in the pieces in which it came: joining 1 MB is not the server's time to spend. */
  readonly body: readonly Buffer[];
};

export class RequestParser {
  #rest: Buffer | undefined;
  #head: { readonly method: 'GET' | 'POST'; readonly path: string } | undefined;
  #body: Buffer[] = [];
  /** Bytes of the body (or of the chunk with its line end) that are still to come. */
  #missing = 0;
  #isChunked = false;

  /** Takes what the socket gave and returns the requests that it completes. */
  push(piece: Buffer): RuntimeRequest[] {
    let data = piece;
    if (this.#rest !== undefined) {
      data = Buffer.concat([this.#rest, piece]);
      this.#rest = undefined;
    }
    const requests: RuntimeRequest[] = [];
    let at = 0;
    while (at < data.length) {
      const next = this.#head === undefined ? this.#readHead(data, at) : this.#readBody(data, at);
      if (next === undefined) {
        this.#rest = data.subarray(at);
        break;
      }
      at = next;
      if (this.#head !== undefined && this.#missing === 0 && !this.#isChunked) {
        requests.push({ ...this.#head, body: this.#body });
        this.#head = undefined;
        this.#body = [];
      }
    }
    return requests;
  }

  /** Returns where the body begins, or undefined when the head is not whole yet. */
  #readHead(data: Buffer, at: number): number | undefined {
    const end = data.indexOf('\r\n\r\n', at, 'latin1');
    if (end === -1) return undefined;
    const head = data.toString('latin1', at, end);
    const [method, path] = head.split(' ', 2);
    if ((method !== 'GET' && method !== 'POST') || path === undefined) {
      throw new Error(`Cannot parse the request line "${head.slice(0, 80)}": unknown method`);
    }
    this.#head = { method, path };
    this.#isChunked = false;
    this.#missing = 0;
    if (method === 'POST') {
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      if (length !== undefined) this.#missing = Number(length);
      else this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    }
    return end + 4;
  }

  #readBody(data: Buffer, at: number): number | undefined {
    if (this.#isChunked && this.#missing === 0) return this.#readChunkSize(data, at);
    const end = Math.min(data.length, at + this.#missing);
    this.#missing -= end - at;
    // A chunk is counted with the two bytes of its line end, which are not part of the body.
    const trailing = this.#isChunked ? Math.max(0, 2 - this.#missing) : 0;
    const bodyEnd = Math.max(at, end - trailing);
    if (bodyEnd > at) this.#body.push(data.subarray(at, bodyEnd));
    return end;
  }

  /** Returns where the chunk begins; the last chunk (no trailers here) ends the request. */
  #readChunkSize(data: Buffer, at: number): number | undefined {
    const end = data.indexOf('\r\n', at, 'latin1');
    if (end === -1) return undefined;
    const size = Number.parseInt(data.toString('latin1', at, end), 16);
    if (Number.isNaN(size)) throw new Error('Cannot parse a chunk size: it is not a number');
    if (size > 0) {
      this.#missing = size + 2;
      return end + 2;
    }
    if (data.length < end + 4) return undefined;
    this.#isChunked = false;
    return end + 4;
  }
}
