// One lane's Runtime API with a memory that outlives the process: what is in flight is in the
// journal, and what another process had in flight is out of the way before the first poll.
import type { ErrorPayload } from '../core/error-payload.ts';
import { RuntimeError } from '../core/errors.ts';
import type { Invocation, InvocationKey } from '../core/invocation.ts';
import { DRAIN_ANSWER_MS_MAX, REDELIVERIES_MAX, REPOLL_GUARD_MS } from '../core/limits.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Clock, Receipt, ResponseStream, RuntimeApi, StreamOptions } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import type { Journal } from './journal.ts';
import type { Recovery } from './recovery.ts';

export type GuardedApiOptions = {
  readonly api: RuntimeApi;
  readonly journal: Pick<Journal, 'polled' | 'begin' | 'end'>;
  readonly lane: number;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'problem'>;
  /** Undefined in the first process of an environment. */
  readonly recovery: Recovery | undefined;
};

export class GuardedApi implements RuntimeApi {
  readonly #options: GuardedApiOptions;
  /** A poll that had to go out before there was a worker. */
  #early: Promise<Invocation> | undefined;
  /** The event that it has brought. */
  #earlyEvent: Invocation | undefined;
  #hasPolled = false;
  #isClosed = false;

  constructor(options: GuardedApiOptions) {
    this.#options = options;
    if (options.recovery !== undefined) void this.#pollInTime(options.recovery);
  }

  /** Also throws when it is closed before the first poll could go out. */
  next(onSent: () => void): Promise<Invocation> {
    const { recovery } = this.#options;
    return recovery === undefined ? this.#poll(onSent) : this.#nextAfter(recovery, onSent);
  }

  async #nextAfter(recovery: Recovery, onSent: () => void): Promise<Invocation> {
    if (!this.#hasPolled) await recovery.untilPollable(onSent);
    for (let redeliveries = 0; ; redeliveries += 1) {
      // That poll has been sent before anybody asked.
      if (this.#early !== undefined) onSent();
      const invocation = await (this.#early ?? this.#poll(onSent));
      this.#early = undefined;
      const outcome = await recovery.outcomeOf(invocation);
      if (outcome === undefined) return invocation;
      if (redeliveries === REDELIVERIES_MAX) throw tooOften(invocation);
      await this.respond(invocation, outcome);
    }
  }

  respond(key: InvocationKey, outcome: Outcome, onSent?: () => void): Promise<Receipt> {
    const { api, journal, lane } = this.#options;
    return api.respond(key, outcome, onSent).then((receipt) => {
      // Without a reply it may still be open, and is the next process's to answer.
      if (receipt.status !== 0) journal.end(lane, key);
      return receipt;
    });
  }

  openStream(key: InvocationKey, options: StreamOptions): ResponseStream {
    const { api, journal, lane } = this.#options;
    const stream = api.openStream(key, options);
    stream.ended.then(
      ({ status }) => {
        if (status !== 0) journal.end(lane, key);
      },
      // The lane sees it fail.
      () => {},
    );
    return stream;
  }

  async initError(error: ErrorPayload, headerType: string): Promise<void> {
    const { api, recovery, telemetry } = this.#options;
    if (recovery?.hasPolled !== true) return api.initError(error, headerType);
    telemetry.problem(
      'Init failed in a process that was started again: the platform takes no init error any ' +
        'more, so the environment ends',
    );
    await recovery.answered;
    // An event that has come already finds no worker.
    const event = this.#earlyEvent;
    if (event === undefined) return;
    await this.respond(event, { kind: 'failure', error, headerType }).catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#options.recovery?.close(DRAIN_ANSWER_MS_MAX);
    await this.#options.api.close();
  }

  #poll(onSent: () => void): Promise<Invocation> {
    const { api, journal, lane } = this.#options;
    const isFirst = !this.#hasPolled;
    this.#hasPolled = true;
    const onFirstSent = (): void => {
      journal.polled();
      onSent();
    };
    return api.next(isFirst ? onFirstSent : onSent).then((invocation) => {
      journal.begin(lane, invocation);
      return invocation;
    });
  }

  /** An invocation runs until the next poll, also one that a dead process had: if Init takes as
   * long as its deadline, the poll does not wait (docs/adr/0005-poll-before-the-deadline.md). */
  async #pollInTime(recovery: Recovery): Promise<void> {
    const pollByEpochMs = await recovery.pollByEpochMs();
    if (pollByEpochMs === undefined) return;
    this.#options.clock.scheduleAt(pollByEpochMs - REPOLL_GUARD_MS, () => {
      if (this.#hasPolled || this.#isClosed) return;
      this.#early = this.#poll(() => {});
      this.#early.then(
        (event) => {
          this.#earlyEvent = event;
        },
        // Whoever asks for an event sees it fail.
        () => {},
      );
    });
  }
}

function tooOften({ requestId }: Invocation): RuntimeError {
  return new RuntimeError(
    'Runtime.ApiFailure',
    `Cannot go on serving: the event of request ${requestId}, which died with another process, ` +
      'came again and again, whatever was answered',
  );
}
