// Notices work that an invocation has left behind: timers, sockets and the like that are still
// pending after its answer.
import { LEFTOVER_SETTLE_MS } from '../src/core/limits.ts';
import { activeTypes } from './active-resources.ts';
import type { LogContext } from './logs/console-capture.ts';
import { nowMs } from './thread-clock.ts';

// Taken before user code can replace them.
const { setTimeout } = globalThis;
const { nextTick } = process;

/** Number of resources by type, as Node names the types. */
type Counts = ReadonlyMap<string, number>;
type Tell = (context: LogContext, text: string) => void;
/** An invocation after which more was pending than ever before. */
type Suspect = { readonly context: LogContext; readonly sinceMs: number };

/**
 * Compares what is pending after an answer with what was there before the first event. Each type is
 * told when there is more of it than there ever was: a pool that keeps its connections is told
 * once, a leak each time it has grown. What is unref'd does not count: Node does not list it.
 */
export class Leftovers {
  readonly #tell: Tell;
  /** What Init has made, by type. */
  #baseline: Counts | undefined;
  /** The most of each type that is known of. */
  readonly #known = new Map<string, number>();
  /** The last list without anything new in it: most invocations end with just that. */
  #quiet: readonly string[] = [];
  #isBusy = false;
  #suspect: Suspect | undefined;
  #isTimed = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Before user code runs. */
  begin(): void {
    if (this.#baseline === undefined) this.#setBaseline();
    // Gone by itself: it was about to end, or went back to its pool.
    if (this.#suspect !== undefined && this.#findMore().length === 0) this.#suspect = undefined;
    this.#isBusy = true;
  }

  /** As the answer is given; the look comes once that is on its way. */
  end(context: LogContext): void {
    nextTick(this.#look, context);
  }

  #setBaseline(): void {
    this.#quiet = activeTypes();
    this.#baseline = countByType(this.#quiet);
    for (const [type, count] of this.#baseline) this.#known.set(type, count);
  }

  readonly #look = (context: LogContext): void => {
    this.#isBusy = false;
    const more = this.#findMore();
    if (more.length === 0) {
      this.#suspect = undefined;
      return;
    }
    // What was there at the end of an earlier invocation, and ever since, is that one's.
    this.#suspect ??= { context, sinceMs: nowMs() };
    const leftMs = this.#suspect.sinceMs + LEFTOVER_SETTLE_MS - nowMs();
    if (leftMs > 0) this.#lookLater(leftMs);
    else this.#report(this.#suspect, more);
  };

  /** Sockets take a moment to close, and pools to take them back. */
  #lookLater(leftMs: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    setTimeout(() => {
      this.#isTimed = false;
      // While an invocation runs, what is pending may be its own: its end looks again.
      if (this.#suspect !== undefined && !this.#isBusy) this.#look(this.#suspect.context);
    }, leftMs).unref();
  }

  #report({ context }: Suspect, more: readonly (readonly [type: string, count: number])[]): void {
    this.#suspect = undefined;
    const parts = more.map(([type, count]) => {
      this.#known.set(type, count);
      return [type, count - (this.#baseline?.get(type) ?? 0)] as const;
    });
    this.#tell(context, toText(parts));
  }

  /** The types of which there is more than there ever was, and how much there is now. */
  #findMore(): readonly (readonly [type: string, count: number])[] {
    const types = activeTypes();
    if (isSameList(types, this.#quiet)) return [];
    const more = [...countByType(types)].filter(([type, count]) => {
      return count > (this.#known.get(type) ?? 0);
    });
    if (more.length === 0) this.#quiet = types;
    return more;
  }
}

function countByType(types: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((type, index) => type === other[index]);
}

function toText(parts: readonly (readonly [type: string, count: number])[]): string {
  const names = parts.map(([type, count]) => `${count} ${type}`);
  const isOne = parts.length === 1 && parts[0]?.[1] === 1;
  const last = names.pop() ?? '';
  const list = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  const [are, their] = isOne ? ['is', 'its'] : ['are', 'their'];
  return `${list} ${are} still pending after the answer; ${their} work goes on in later invocations`;
}
