// The order of the variants in a round: whatever the place in it does, it does to all of them.

/** Turns the order by `by` places. */
export function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
