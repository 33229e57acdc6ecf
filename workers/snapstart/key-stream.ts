// Randomness of the kernel's, stretched: a cipher that is keyed from it at each restore. What other
// generators have drawn is encrypted with it, so that it can only get better by it.
import type { Cipher } from 'node:crypto';

// Taken before user code can replace them.
const { getBuiltinModule } = process;
const ALGORITHM = 'aes-256-ctr';
const KEY_BYTES = 32;
const COUNTER_BYTES = 16;
/** Reads no more than it is asked for, and waits for nothing; the kernel knows its own restores. */
const KERNEL = '/dev/urandom';
/** A call of the cipher costs more than the bytes: for small pieces it is called in advance. */
const BLOCK_BYTES = 4096;
const PIECE_BYTES_MAX = 256;

export class KeyStream {
  #update: ((bytes: Uint8Array) => Uint8Array) | undefined;
  #block: Uint8Array = new Uint8Array();
  #used = 0;

  get isKeyed(): boolean {
    return this.#update !== undefined;
  }

  /** @throws Error when there is no /dev/urandom. */
  key(): void {
    const { createCipheriv } = getBuiltinModule('node:crypto');
    const seed = readKernel(KEY_BYTES + COUNTER_BYTES);
    const [key, counter] = [seed.subarray(0, KEY_BYTES), seed.subarray(KEY_BYTES)];
    const cipher: Cipher = createCipheriv(ALGORITHM, key, counter);
    this.#update = cipher.update.bind(cipher) as (bytes: Uint8Array) => Uint8Array;
    this.#block = new Uint8Array();
    this.#used = 0;
  }

  /** Changes the bytes where they are; before it is keyed, leaves them as they are. */
  mix(bytes: Uint8Array): void {
    if (this.#update === undefined) return;
    if (bytes.length > PIECE_BYTES_MAX) {
      bytes.set(this.#update(bytes));
      return;
    }
    if (this.#used + bytes.length > this.#block.length) {
      this.#block = this.#update(new Uint8Array(BLOCK_BYTES));
      this.#used = 0;
    }
    for (let at = 0; at < bytes.length; at += 1) {
      bytes[at] = (bytes[at] ?? 0) ^ (this.#block[this.#used + at] ?? 0);
    }
    this.#used += bytes.length;
  }
}

/** @throws Error when there is no /dev/urandom. */
export function readKernel(length: number): Uint8Array {
  const { closeSync, openSync, readSync } = getBuiltinModule('node:fs');
  const bytes = new Uint8Array(length);
  const fd = openSync(KERNEL, 'r');
  try {
    for (let at = 0; at < length; ) at += readSync(fd, bytes, at, length - at, null);
  } finally {
    closeSync(fd);
  }
  return bytes;
}
