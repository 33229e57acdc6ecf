// How many polls wait and how many invocations run in an environment, and the most there ever were.

export type PeakLoad = {
  /** Polls that waited at the same time. */
  readonly parked: number;
  /** Invocations that were handed out and not answered at the same time. */
  readonly running: number;
  /** Both together: never more than the concurrency, if the runtime keeps to its contract. */
  readonly both: number;
};

export class EnvironmentLoad {
  #parked = 0;
  #peak: PeakLoad = { parked: 0, running: 0, both: 0 };

  get parked(): number {
    return this.#parked;
  }

  get peak(): PeakLoad {
    return this.#peak;
  }

  note(parked: number, running: number): void {
    this.#parked = parked;
    const { max } = Math;
    this.#peak = {
      parked: max(this.#peak.parked, parked),
      running: max(this.#peak.running, running),
      both: max(this.#peak.both, parked + running),
    };
  }
}
