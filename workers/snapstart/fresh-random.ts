// Randomness that differs between the environments which are restored from one snapshot: V8's and
// OpenSSL's generators are part of it. The functions that JavaScript has are given more from the
// kernel, which notices that it has been restored (docs/adr/0015-snapstart.md).
import { KeyStream, readKernel } from './key-stream.ts';
import { createMathRandom } from './math-random.ts';

// Taken before user code can replace them.
const { getBuiltinModule } = process;
const { apply, getOwnPropertyDescriptor } = Reflect;
const { getPrototypeOf } = Object;
const { isView } = ArrayBuffer;
const toBuffer = Buffer.from;

export type FreshRandom = {
  /** @throws Error when the kernel gives nothing: there is no /dev/urandom. */
  readonly reseed: () => void;
};

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, unknown>;
type Change = (original: Method, stream: KeyStream) => Method;

const SEED_WORDS = 4;
const UUID_BYTES = 16;
/** The digit that says which kind of id it is has two bits of its own. */
const VARIANTS = '89ab';
/** What `randomInt` draws from. */
const DRAW_BYTES = 6;
const DRAWS = 2 ** (8 * DRAW_BYTES);

/** Until the first reseed every function does what it did. */
export function installFreshRandom(): FreshRandom {
  const stream = new KeyStream();
  const mathRandom = createMathRandom(Math.random);
  Math.random = mathRandom.random;
  changeCrypto(stream);
  return {
    reseed() {
      stream.key();
      const seed = readKernel(SEED_WORDS * Uint32Array.BYTES_PER_ELEMENT);
      mathRandom.seed(new Uint32Array(seed.buffer));
    },
  };
}

function changeCrypto(stream: KeyStream): void {
  const crypto = getBuiltinModule('node:crypto') as unknown as Methods;
  const web = getPrototypeOf(crypto['webcrypto']) as Methods;
  const { randomBytes } = crypto;
  change(crypto, 'randomBytes', stream, withBytes);
  // They are one function by three more names.
  for (const name of ['pseudoRandomBytes', 'prng', 'rng']) {
    if (getOwnPropertyDescriptor(crypto, name)?.value === randomBytes) {
      crypto[name] = crypto['randomBytes'];
    }
  }
  change(crypto, 'randomFillSync', stream, withFilled);
  change(crypto, 'randomFill', stream, withFilled);
  change(crypto, 'randomInt', stream, withInteger);
  for (const holder of [crypto, web]) {
    change(holder, 'randomUUID', stream, withUuid(false));
    // This one begins with the time.
    change(holder, 'randomUUIDv7', stream, withUuid(true));
  }
  change(web, 'getRandomValues', stream, withFilled);
  // For whoever imports them by name.
  getBuiltinModule('node:module').syncBuiltinESMExports();
}

function change(holder: Methods, name: string, stream: KeyStream, by: Change): void {
  const original = holder[name];
  // Not every Node has every one of them.
  if (typeof original !== 'function') return;
  const changed = by(original as Method, stream);
  const length = original.length;
  Object.defineProperties(changed, { name: { value: name }, length: { value: length } });
  holder[name] = changed;
}

/** Also with a callback, which gets the bytes as its second argument. */
const withBytes: Change = (original, stream) => {
  return function (this: unknown, ...args: unknown[]): unknown {
    const [size, callback] = args;
    if (typeof callback !== 'function') {
      const bytes = apply(original, this, args);
      stream.mix(bytes as Uint8Array);
      return bytes;
    }
    const done = (error: unknown, bytes: unknown): void => {
      if (!error) stream.mix(bytes as Uint8Array);
      apply(callback as Method, undefined, [error, bytes]);
    };
    return apply(original, this, [size, done]);
  };
};

/** What is filled, with an offset and a size counted in its elements, and perhaps a callback. */
const withFilled: Change = (original, stream) => {
  return function (this: unknown, ...args: unknown[]): unknown {
    const [target, ...rest] = args;
    const at = rest.findLastIndex((one) => typeof one === 'function');
    const [offset, size] = at < 0 ? rest : rest.slice(0, at);
    const mix = (): void => stream.mix(regionOf(target as View, offset, size));
    if (at < 0) {
      const filled = apply(original, this, args);
      mix();
      return filled;
    }
    const callback = rest[at] as Method;
    const done = (error: unknown, filled: unknown): void => {
      if (!error) mix();
      apply(callback, undefined, [error, filled]);
    };
    return apply(original, this, [target, ...rest.slice(0, at), done]);
  };
};

type View = ArrayBufferView | ArrayBuffer;

/** Of arguments that the original has accepted. */
function regionOf(target: View, offset: unknown = 0, size: unknown = undefined): Uint8Array {
  const [buffer, from] = isView(target) ? [target.buffer, target.byteOffset] : [target, 0];
  const { BYTES_PER_ELEMENT: element = 1 } = target as { readonly BYTES_PER_ELEMENT?: number };
  const start = (Number(offset) * element) >>> 0;
  const length = size === undefined ? target.byteLength - start : (Number(size) * element) >>> 0;
  return new Uint8Array(buffer, from + start, length);
}

/** `(max)` or `(min, max)`, and perhaps a callback. */
const withInteger: Change = (original, stream) => {
  const moved = (value: number, min: number, max: number): number => {
    return min + ((value - min + below(max - min, stream)) % (max - min));
  };
  return function (this: unknown, ...args: unknown[]): unknown {
    const at = args.findIndex((one) => typeof one === 'function');
    const numbers = (at < 0 ? args : args.slice(0, at)) as number[];
    const [min = 0, max = 0] = numbers[1] === undefined ? [0, numbers[0]] : numbers;
    if (at < 0) {
      const value = apply(original, this, args) as number;
      return stream.isKeyed ? moved(value, min, max) : value;
    }
    const callback = args[at] as Method;
    const done = (error: unknown, value: number): void => {
      const told = error || !stream.isKeyed ? value : moved(value, min, max);
      apply(callback, undefined, [error, told]);
    };
    return apply(original, this, [...numbers, done]);
  };
};

/** Each number from 0 up to the bound is as likely as the others. */
function below(bound: number, stream: KeyStream): number {
  for (;;) {
    const bytes = toBuffer(new Uint8Array(DRAW_BYTES));
    stream.mix(bytes);
    const draw = bytes.readUIntBE(0, DRAW_BYTES);
    if (draw < DRAWS - (DRAWS % bound)) return draw % bound;
  }
}

/** The original says what is wrong with the arguments, and which time it is. */
const withUuid = (hasTime: boolean): Change => {
  return (original, stream) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      const text = apply(original, this, args) as string;
      return stream.isKeyed ? freshUuid(text, hasTime, stream) : text;
    };
  };
};

function freshUuid(text: string, hasTime: boolean, stream: KeyStream): string {
  const bytes = toBuffer(new Uint8Array(UUID_BYTES));
  stream.mix(bytes);
  const hex = bytes.toString('hex');
  const head = hasTime ? text.slice(0, 13) : `${hex.slice(0, 8)}-${hex.slice(8, 12)}`;
  const variant = VARIANTS[(bytes[8] ?? 0) % VARIANTS.length];
  return `${head}-${text[14]}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
