// Waits for as long as the event says, or takes its thread down in the way that it says.
const ways = {
  throw: () => {
    setTimeout(() => {
      throw new Error('thrown in a timer');
    }, 0);
  },
  heap: () => {
    const kept = [];
    for (;;) kept.push(new Array(65_536).fill(0.5));
  },
  exit: () => process.exit(7),
  loop: () => {
    for (;;);
  },
};

export async function handler({ sequence, waitMs, way }) {
  if (way === undefined) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return { sequence };
  }
  ways[way]();
  return new Promise(() => {});
}
