// A body in chunks, each behind its size, with trailers behind the last (RFC 9112, section 7.1).
import { HEADER_BYTES_MAX } from '../core/limits.ts';
import { REPLY_BYTES_MAX } from './transport.ts';

const LF = 10;
const SIZE_LINE = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?\r?$/;
/** What is to come: a chunk's size, its bytes, the line behind them, or lines behind the last. */
type Part = 'size' | 'bytes' | 'gap' | 'trailers' | 'nothing';

export class ChunkedBody {
  readonly #pieces: Buffer[] = [];
  #size = 0;
  #part: Part = 'size';
  /** Of the chunk. */
  #left = 0;
  /** Of a line that is not whole yet. */
  #line = '';
  #trailerChars = 0;

  get isWhole(): boolean {
    return this.#part === 'nothing';
  }

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces, this.#size));
  }

  /** @throws Error for what are no chunks, or too many. */
  take(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && !this.isWhole) {
      at =
        this.#part === 'bytes' ? this.#takeBytes(bytes, at, end) : this.#takeLine(bytes, at, end);
    }
    return at - start;
  }

  #takeBytes(bytes: Buffer, start: number, end: number): number {
    const until = Math.min(end, start + this.#left);
    this.#pieces.push(Buffer.from(bytes.subarray(start, until)));
    this.#left -= until - start;
    if (this.#left === 0) this.#part = 'gap';
    return until;
  }

  #takeLine(bytes: Buffer, start: number, end: number): number {
    const found = bytes.indexOf(LF, start);
    const isWhole = found !== -1 && found < end;
    const until = isWhole ? found : end;
    this.#line += bytes.toString('latin1', start, until);
    if (this.#line.length > HEADER_BYTES_MAX) throw new Error('a line between chunks without end');
    if (!isWhole) return end;
    const line = this.#line;
    this.#line = '';
    this.#endLine(line);
    return until + 1;
  }

  #endLine(line: string): void {
    const isEmpty = line === '' || line === '\r';
    if (this.#part === 'gap') {
      if (!isEmpty) throw new Error('a chunk is longer than its size');
      this.#part = 'size';
    } else if (this.#part === 'trailers') {
      this.#trailerChars += line.length;
      if (this.#trailerChars > HEADER_BYTES_MAX) throw new Error('trailers without end');
      if (isEmpty) this.#part = 'nothing';
    } else {
      this.#begin(line);
    }
  }

  #begin(line: string): void {
    const [, digits] = SIZE_LINE.exec(line) ?? [];
    if (digits === undefined) throw new Error(`not the size of a chunk: "${line.slice(0, 40)}"`);
    this.#left = Number.parseInt(digits, 16);
    this.#size += this.#left;
    if (this.#size > REPLY_BYTES_MAX) {
      throw new Error(`a reply of more than ${REPLY_BYTES_MAX} bytes is not read`);
    }
    this.#part = this.#left === 0 ? 'trailers' : 'bytes';
  }
}
