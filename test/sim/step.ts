// What one event of a simulated run does.

/** What one handler call does, and what surrounds it. All times in virtual ms. */
export type Step = {
  readonly behaviour: 'success' | 'failure' | 'crash' | 'hang';
  readonly handlerMs: number;
  readonly timeoutMs: number;
  /** The event arrives this long after the poll was parked. */
  readonly arrivalMs: number;
  readonly postMs: number;
  /** The worker dies while the poll is parked. */
  readonly dieWhileParked: boolean;
  /** The handler begins to stream its answer after this; undefined: it does not. */
  readonly streamsAtMs: number | undefined;
  /** Whoever reads that stream hangs up so long after it was opened. */
  readonly hangsUpMs: number | undefined;
  /** The answer meets a reply after which the process has to end. */
  readonly postIsFatal: boolean;
};
