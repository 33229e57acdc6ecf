// What a process does for the one that has died before it: it answers what that one had in flight,
// and finds out whether that one's parked poll is still to get an event.
import type { InvocationKey } from '../core/invocation.ts';
import {
  LOST_POLL_PAUSE_MS,
  LOST_POLL_PAUSE_MS_MAX,
  RECOVERY_ANSWER_MS_MAX,
} from '../core/limits.ts';
import type { ErrorOutcome } from '../core/outcome.ts';
import type { Clock, RecoveryApi } from '../core/ports.ts';
import type { Recovered } from '../core/telemetry-port.ts';
import { toDeathOutcome, toDeathText, type WaitStatus } from './death.ts';
import type { Past } from './journal.ts';

export type RecoveryOptions = {
  readonly past: Past;
  readonly status: WaitStatus;
  readonly api: RecoveryApi;
  readonly clock: Clock;
  /** Several events at once: the platform has no state to ask for. */
  readonly multiConcurrent: boolean;
};

/** The platform's state while a poll waits there. */
const WAITING = 'Ready';

export class Recovery {
  /** What was in flight, when all of it has been answered. Never rejects. */
  readonly answered: Promise<readonly Recovered[]>;
  readonly #options: RecoveryOptions;
  readonly #closing: PromiseWithResolvers<void> = Promise.withResolvers();
  #isClosed = false;

  /** Begins to answer at once. */
  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.answered = Promise.all(options.past.inFlight.map((key) => this.#answer(key)));
  }

  /** There has been a poll before this process: the platform takes no init error any more. */
  get hasPolled(): boolean {
    return this.#options.past.hasPolled;
  }

  /** Unix time in ms by which the platform wants the next poll, or undefined: none of the answers
   * was taken. */
  async pollByEpochMs(): Promise<number | undefined> {
    const taken = (await this.answered).filter(isTaken).map(({ key }) => key.requestId);
    const deadlines = this.#options.past.inFlight
      .filter(({ requestId }) => taken.includes(requestId))
      .flatMap(({ deadlineEpochMs }) => deadlineEpochMs ?? []);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** The answer to an event that comes again although it died with the last process: the platform
   * has not heard so, or has refused to hear it, which an attempt with an id of its own survives
   * only by a defect. It must not run twice. */
  async outcomeOf({ requestId, invocationId }: InvocationKey): Promise<ErrorOutcome | undefined> {
    const again = (await this.answered).filter(
      ({ key }) => key.requestId === requestId && key.invocationId === invocationId,
    );
    const isOpen = again.some(
      (one) => one.status === undefined || (invocationId !== undefined && !isTaken(one)),
    );
    return isOpen ? toDeathOutcome(this.#options.status, requestId) : undefined;
  }

  /**
   * Resolves when a poll will get the next event.
   *
   * A process that dies between two events leaves a poll behind that waits at the platform, first
   * in the queue, and nobody there notices that its connection is gone: the next event goes to it,
   * and to nobody else. But a poll that comes while an event runs is given that same event. So the
   * lost poll is left to take the event, and ours goes out behind it (contract, section 3.1).
   *
   * @param onLost called when there is such a poll.
   * @throws Error when it was closed meanwhile.
   */
  async untilPollable(onLost: () => void): Promise<void> {
    await Promise.race([this.answered, this.#closing.promise]);
    if (await this.#isPollLost()) {
      onLost();
      for (let pauseMs = LOST_POLL_PAUSE_MS; await this.#isStillLost(pauseMs); ) {
        pauseMs = Math.min(pauseMs * 2, LOST_POLL_PAUSE_MS_MAX);
      }
    }
    if (this.#isClosed) throw new Error('the connection was closed');
  }

  /** Lets the answers go out, for `limitMs` at most, then drops the connection. */
  async close(limitMs: number): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closing.resolve();
    await this.#within(limitMs, this.answered);
    await this.#options.api.close();
  }

  async #answer(key: InvocationKey): Promise<Recovered> {
    const { api, status } = this.#options;
    try {
      const posted = api.answer(key, toDeathOutcome(status, key.requestId));
      return { key, status: await this.#within(RECOVERY_ANSWER_MS_MAX, posted) };
    } catch {
      // Nobody there: the first poll finds out the same, and says so.
      return { key, status: undefined };
    }
  }

  async #isStillLost(pauseMs: number): Promise<boolean> {
    await this.#within(pauseMs, this.#closing.promise);
    return this.#isPollLost();
  }

  async #isPollLost(): Promise<boolean> {
    const { past, status, api, multiConcurrent } = this.#options;
    if (this.#isClosed || multiConcurrent || !past.hasPolled) return false;
    // Behind an answer that it has taken the platform waits for a poll.
    if ((await this.answered).some(isTaken)) return false;
    const error = { errorType: 'Runtime.ExitError', errorMessage: toDeathText(status), trace: [] };
    try {
      return (await api.askState(error, error.errorType)) === WAITING;
    } catch {
      // No reply: the poll finds out whether the Runtime API is there at all.
      return false;
    }
  }

  /** Undefined when it takes longer. */
  async #within<T>(limitMs: number, event: Promise<T>): Promise<T | undefined> {
    const { clock } = this.#options;
    const limit: PromiseWithResolvers<undefined> = Promise.withResolvers();
    const cancel = clock.scheduleAt(clock.nowEpochMs() + limitMs, () => limit.resolve(undefined));
    try {
      return await Promise.race([event, limit.promise]);
    } finally {
      cancel();
    }
  }
}

function isTaken({ status }: Recovered): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
