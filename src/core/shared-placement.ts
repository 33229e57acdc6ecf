// Which of the threads that take several invocations at once gets the next one.

/** What the choice needs to know of a thread. */
export type SharedPlace = {
  /** It may be given something new. */
  readonly isUsable: boolean;
  /** Invocations that it has. */
  readonly load: number;
  /** Its loop does not turn, as far as is known. */
  readonly isLate: boolean;
};

/** How many invocations the threads take, together. */
export function roomIn(places: Iterable<SharedPlace>, room: number): number {
  let total = 0;
  for (const { isUsable } of places) if (isUsable) total += room;
  return total;
}

export type SharedThreads = {
  /** How many are to serve, or to stand by. */
  readonly wanted: number;
  /** Those that serve, will, or leave. */
  readonly there: number;
  /** Of them: those that take nothing new. */
  readonly leaving: number;
  /** No longer among them, and not gone yet. */
  readonly ending: number;
};

/**
 * How many threads are to be started now. Those that leave while their neighbours finish have
 * memory too, and so have those that end: no more than twice as many as wanted are there at once.
 */
export function missingShared({ wanted, there, leaving, ending }: SharedThreads): number {
  const staying = there - leaving;
  const bearable = 2 * wanted - there - ending;
  return Math.min(wanted - staying, Math.max(bearable, 0));
}

export type SharedChoice<Place> = {
  /** Invocations that one thread takes. */
  readonly room: number;
  /** Over how many threads they are spread, while those have room and turn. */
  readonly width: number;
  /** The thread that the event is to leave: to one that turns and has room, or none. */
  readonly beside?: Place | undefined;
};

/**
 * The thread that answers first: one whose loop turns before one whose loop does not, then the one
 * with the fewest invocations, then the one that has been there longest. Threads that take one each
 * never get a second one; others may get one more than their room while a thread is missing.
 */
export function chooseShared<Place extends SharedPlace>(
  places: Iterable<Place>,
  { room, width, beside }: SharedChoice<Place>,
): Place | undefined {
  let best: Place | undefined;
  let seen = 0;
  for (const place of places) {
    if (!place.isUsable) continue;
    seen += 1;
    if (seen > width && best !== undefined && !best.isLate && best.load < room) return best;
    if (place === beside) continue;
    const isFull = place.load >= room;
    if (isFull && (room === 1 || beside !== undefined)) continue;
    if (beside !== undefined && place.isLate) continue;
    if (best === undefined || isBetter(place, best)) best = place;
  }
  return best;
}

function isBetter(one: SharedPlace, other: SharedPlace): boolean {
  if (one.isLate !== other.isLate) return other.isLate;
  return one.load < other.load;
}
