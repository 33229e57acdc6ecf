// Which events take their thread down, and how: from a seed, the same for every runtime.
import { randomNumbers } from '../../src/cli/bench/statistics.ts';

export type Way = 'throw' | 'heap' | 'exit' | 'loop';

export type ScriptedEvent = {
  /** Undefined for an event that waits. */
  readonly way: Way | undefined;
  readonly event: (id: number) => Buffer;
};

export type ScriptOptions = {
  readonly seed: number;
  /** One event in that many takes its thread down, at a random place among them. */
  readonly every: number;
  /** Two of them are at least so far apart: threads are not lost faster than any machine starts. */
  readonly gapMs: number;
};

const WAYS: readonly Way[] = ['throw', 'heap', 'exit', 'loop'];
const WAIT_MS_MIN = 2;
const WAIT_MS_MAX = 20;

export class LossScript {
  readonly #options: ScriptOptions;
  readonly #random: () => number;
  #events = 0;
  #isDue = false;
  #lossAt = 0;
  #losses = 0;
  #lastLossMs = Number.NEGATIVE_INFINITY;
  /** The ways that are left of this turn: each comes once in four losses. */
  #ways: Way[] = [];

  constructor(options: ScriptOptions) {
    this.#options = options;
    this.#random = randomNumbers(options.seed);
  }

  get losses(): number {
    return this.#losses;
  }

  next(nowMs: number): ScriptedEvent {
    const { every, gapMs } = this.#options;
    const place = this.#events % every;
    this.#events += 1;
    if (place === 0) this.#lossAt = Math.floor(this.#random() * every);
    if (place === this.#lossAt) this.#isDue = true;
    if (!this.#isDue || nowMs - this.#lastLossMs < gapMs) return this.#wait();
    this.#isDue = false;
    this.#lastLossMs = nowMs;
    this.#losses += 1;
    const way = this.#takeWay();
    return { way, event: (id) => Buffer.from(`{"sequence":${id},"way":"${way}"}`) };
  }

  #wait(): ScriptedEvent {
    const waitMs = WAIT_MS_MIN + Math.floor(this.#random() * (WAIT_MS_MAX - WAIT_MS_MIN + 1));
    const event = (id: number): Buffer => Buffer.from(`{"sequence":${id},"waitMs":${waitMs}}`);
    return { way: undefined, event };
  }

  #takeWay(): Way {
    if (this.#ways.length === 0) this.#ways = [...WAYS];
    const [way = 'throw'] = this.#ways.splice(Math.floor(this.#random() * this.#ways.length), 1);
    return way;
  }
}
