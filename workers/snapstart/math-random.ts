// A `Math.random` that can be seeded anew: V8's own is seeded once for each thread, and no flag or
// function of Node's changes that later.

export type MathRandom = {
  readonly random: () => number;
  /** From now on its numbers follow from these four. */
  readonly seed: (words: Uint32Array) => void;
};

/** Until it is seeded, `native` gives the numbers. */
export function createMathRandom(native: () => number): MathRandom {
  let [a, b, c, counter] = [0, 0, 0, 1];
  let isSeeded = false;

  /** sfc32, of PractRand: 32 bits. */
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };

  return {
    // A method is no constructor, and has the name: as with V8's.
    random: {
      random(): number {
        if (!isSeeded) return native();
        // The 53 bits of a number from 0 up to 1.
        return ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
      },
    }.random,
    seed(words) {
      [a, b, c, counter] = [words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 1];
      isSeeded = true;
      // Seeds that are alike are so no more after a dozen rounds.
      for (let round = 0; round < 12; round += 1) next();
    },
  };
}
