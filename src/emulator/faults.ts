// Deliberate misbehaviour of the Runtime API server, for tests of runtimes.

/** One exchange of the Runtime API, named by its endpoint; `other` is any unknown path. */
export type Endpoint =
  | 'next'
  | 'response'
  | 'error'
  | 'initError'
  | 'restoreNext'
  | 'restoreError'
  | 'ping'
  | 'other';

/**
 * What goes wrong. `delay`, `drop` and `status` act before the state machine sees the request;
 * `reset-after`, `garbage`, `truncate` and `slow` act on the reply to a request it has processed.
 */
export type Fault =
  /** Wait before processing, then go on as usual. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Reset the connection; nothing is processed. */
  | { readonly kind: 'drop' }
  /** Reply with this status; nothing is processed. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly errorType?: string;
      readonly errorMessage?: string;
      /** Replaces the usual JSON error body. */
      readonly body?: string;
    }
  /** Process the request, then reset the connection: the reply is lost. */
  | { readonly kind: 'reset-after' }
  /** Process the request, then send these bytes in place of an HTTP reply and close. */
  | { readonly kind: 'garbage'; readonly bytes?: string }
  /** Process the request, send the head and only this many bytes of the body, then close. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Process the request, send the body in pieces with a pause before each. */
  | { readonly kind: 'slow'; readonly chunkBytes: number; readonly pauseMs: number };

export type FaultRule = {
  readonly endpoint: Endpoint;
  readonly fault: Fault;
  /** Which exchange of the endpoint is hit first, counted from when the rule was added; 1 is the
   * next one. Default 1. */
  readonly nth?: number;
  /** How many exchanges in a row are hit; default 1, `Infinity` for all that follow. */
  readonly times?: number;
};

type ArmedRule = { readonly rule: FaultRule; readonly first: number; readonly last: number };

/** Which exchange gets which fault. The earliest rule that matches wins. */
export class FaultPlan {
  readonly #seen = new Map<Endpoint, number>();
  #armed: ArmedRule[] = [];

  constructor(rules: readonly FaultRule[] = []) {
    for (const rule of rules) this.add(rule);
  }

  /**
   * Arms one fault.
   *
   * @throws RangeError when `nth` or `times` is not 1 or more.
   */
  add(rule: FaultRule): void {
    const nth = rule.nth ?? 1;
    const times = rule.times ?? 1;
    if (!(Number.isInteger(nth) && nth >= 1)) {
      throw new RangeError(`Cannot use nth=${nth}: it accepts a whole number from 1`);
    }
    if (!((Number.isInteger(times) || times === Infinity) && times >= 1)) {
      throw new RangeError(
        `Cannot use times=${times}: it accepts a whole number from 1, or Infinity`,
      );
    }
    const first = (this.#seen.get(rule.endpoint) ?? 0) + nth;
    this.#armed.push({ rule, first, last: first + times - 1 });
  }

  /** Forgets every fault that has not happened yet. */
  clear(): void {
    this.#armed = [];
  }

  /** Counts one exchange of the endpoint and returns the fault it is to suffer. */
  take(endpoint: Endpoint): Fault | undefined {
    const count = (this.#seen.get(endpoint) ?? 0) + 1;
    this.#seen.set(endpoint, count);
    const hit = this.#armed.find(
      ({ rule, first, last }) => rule.endpoint === endpoint && count >= first && count <= last,
    );
    this.#armed = this.#armed.filter(
      ({ rule, last }) => rule.endpoint !== endpoint || last > count,
    );
    return hit?.rule.fault;
  }
}
