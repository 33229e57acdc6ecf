// Looks up places in the `mappings` of a source map (ECMA-426): only as far as the places that are
// asked for, and nothing is kept of the rest. Node's own `SourceMap` takes ten times as long, and
// this thread has an answer to send.

/** Lines and columns count from 0, as in the format. */
export type Position = { readonly line: number; readonly column: number };
export type Segment = Position & {
  /** Index into `sources`; undefined for text that comes from none. */
  readonly source: number | undefined;
  readonly sourceLine: number;
  readonly sourceColumn: number;
  /** Index into `names`. */
  readonly name: number | undefined;
};

const COMMA = 44;
const SEMICOLON = 59;
/** Values of the base64 digits; any other character counts as 0. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGITS: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))),
);
/** After so many characters the time is looked at: some 0.1 ms. */
const LOOK_CHARS = 8192;
/** A number has no more bits. */
const BITS_MAX = 32;

/**
 * For each position the last segment of its line at or before it; undefined when there is none, or
 * when it was not found before `isOver` said so. Reads the mappings once for all positions.
 */
export function findSegments(
  mappings: string,
  positions: readonly Position[],
  isOver: () => boolean = () => false,
): readonly (Segment | undefined)[] {
  const found: (Segment | undefined)[] = positions.map(() => undefined);
  const order = [...positions.entries()].sort(([, one], [, other]) => {
    return one.line - other.line || one.column - other.column;
  });
  const reader = new SegmentReader(mappings, isOver);
  let isLeft = reader.next();
  for (const [index, { line, column }] of order) {
    // The reader stands on the first segment behind this position, and has the one before.
    while (isLeft && (reader.line < line || (reader.line === line && reader.column <= column))) {
      if (reader.line === line) reader.keep();
      isLeft = reader.next();
    }
    if (reader.isStopped) break;
    const segment = reader.kept();
    if (segment?.line === line) found[index] = segment;
  }
  return found;
}

/** All numbers but a line's first column are relative to the segment before, across lines. */
class SegmentReader {
  line = 0;
  column = 0;
  /** The time was over before the text was: what comes next is not known. */
  isStopped = false;
  readonly #text: Uint8Array;
  readonly #isOver: () => boolean;
  #index = 0;
  #lookAt = 0;
  #fields = 0;
  #source = 0;
  #sourceLine = 0;
  #sourceColumn = 0;
  #name = 0;
  /** The numbers of the segment that was kept; empty when there is none. */
  readonly #kept: number[] = [];

  constructor(text: string, isOver: () => boolean) {
    // Faster to index than a string.
    this.#text = Buffer.from(text, 'latin1');
    this.#isOver = isOver;
  }

  /** Returns whether there is one. */
  next(): boolean {
    this.#fields = 0;
    while (this.#index < this.#text.length) {
      if (this.#index >= this.#lookAt && this.#stops()) return false;
      const code = this.#text[this.#index];
      if (code === COMMA || code === SEMICOLON) {
        if (this.#fields > 0) return true;
        this.#index += 1;
        if (code === COMMA) continue;
        this.line += 1;
        this.column = 0;
      } else {
        this.#add(this.#number());
      }
    }
    return this.#fields > 0;
  }

  keep(): void {
    const kept = this.#kept;
    kept[0] = this.line;
    kept[1] = this.column;
    kept[2] = this.#fields;
    kept[3] = this.#source;
    kept[4] = this.#sourceLine;
    kept[5] = this.#sourceColumn;
    kept[6] = this.#name;
  }

  kept(): Segment | undefined {
    const [line, column, fields = 0, source, sourceLine, sourceColumn, name] = this.#kept;
    if (line === undefined || column === undefined) return undefined;
    return {
      line,
      column,
      source: fields >= 4 ? source : undefined,
      sourceLine: sourceLine ?? 0,
      sourceColumn: sourceColumn ?? 0,
      name: fields >= 5 ? name : undefined,
    };
  }

  #stops(): boolean {
    this.#lookAt = this.#index + LOOK_CHARS;
    this.isStopped = this.#isOver();
    return this.isStopped;
  }

  #add(delta: number): void {
    this.#fields += 1;
    if (this.#fields === 1) this.column += delta;
    else if (this.#fields === 2) this.#source += delta;
    else if (this.#fields === 3) this.#sourceLine += delta;
    else if (this.#fields === 4) this.#sourceColumn += delta;
    else if (this.#fields === 5) this.#name += delta;
  }

  /** Base64 digits of five bits each, the lowest first; the lowest bit of all is the sign. */
  #number(): number {
    let value = 0;
    for (let shift = 0; shift < BITS_MAX && this.#index < this.#text.length; shift += 5) {
      const digit = DIGITS[this.#text[this.#index] ?? 0] ?? 0;
      this.#index += 1;
      value |= (digit & 31) << shift;
      if ((digit & 32) === 0) break;
    }
    return (value & 1) === 1 ? -(value >>> 1) : value >>> 1;
  }
}
