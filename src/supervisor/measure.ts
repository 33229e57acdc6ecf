// What one invocation has taken, phase by phase: told once its answer is taken and the next poll is
// out, or there will be none.
import type { InvocationTimes } from '../core/phases.ts';
import type { InvocationMoment, Telemetry } from '../core/telemetry-port.ts';

export class Measure {
  readonly times: InvocationTimes = {
    polledAtMs: undefined,
    firstByteAtMs: undefined,
    arrivedAtMs: undefined,
    thread: undefined,
    decidedAtMs: undefined,
    sentAtMs: undefined,
    repolledAtMs: undefined,
  };
  readonly #telemetry: Pick<Telemetry, 'invocationMeasured'>;
  #moment: InvocationMoment | undefined;
  #isFollowed = false;

  constructor(telemetry: Pick<Telemetry, 'invocationMeasured'>) {
    this.#telemetry = telemetry;
  }

  /** The platform has the answer. */
  ended(moment: InvocationMoment): void {
    this.#moment = moment;
    this.#tell();
  }

  /** The next poll is on the wire; without a time: there will be none. */
  followed(atMs?: number): void {
    this.times.repolledAtMs = atMs;
    this.#isFollowed = true;
    this.#tell();
  }

  #tell(): void {
    if (!this.#isFollowed || this.#moment === undefined) return;
    this.#telemetry.invocationMeasured(this.#moment, this.times);
    this.#moment = undefined;
  }
}
