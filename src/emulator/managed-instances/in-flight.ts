// The invocations that were handed out and not answered, by their ids; which answers are legal is
// decided by the id alone (contract, section 3.2).
import type { AnswerHead, BegunAnswer } from '../environment-ports.ts';
import type { Reply } from '../http-reply.ts';
import type { Invocation } from '../invocation.ts';
import { refuseId, refuseLate } from '../runtime-api-replies.ts';
import { TimedOutIds } from './timed-out-ids.ts';

type Entry = {
  readonly invocation: Invocation;
  readonly stopClock: () => void;
  hasResponse: boolean;
  hasError: boolean;
};

export class InFlight {
  readonly #entries = new Map<string, Entry>();
  readonly #timedOut = new TimedOutIds();
  #emptied = Promise.withResolvers<void>();

  get size(): number {
    return this.#entries.size;
  }

  get all(): readonly Invocation[] {
    return [...this.#entries.values()].map(({ invocation }) => invocation);
  }

  has(requestId: string): boolean {
    return this.#entries.has(requestId);
  }

  /** Resolves when nothing is in flight; at once if nothing is. */
  whenEmpty(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : this.#emptied.promise;
  }

  add(invocation: Invocation, stopClock: () => void): void {
    const entry: Entry = { invocation, stopClock, hasResponse: false, hasError: false };
    this.#entries.set(invocation.requestId, entry);
  }

  /** Takes the head of an answer. An error may overtake the response that is being sent, nothing
   * else may come twice. */
  begin({ kind, requestId, echo }: AnswerHead): BegunAnswer {
    const entry = this.#entries.get(requestId);
    if (entry === undefined) return refuse(this.refusalOf(requestId));
    const { invocation } = entry;
    if (entry.hasError || (kind === 'response' && entry.hasResponse)) return refuse(refuseId());
    // Nothing has been taken, so that the right answer is still accepted.
    if (echo !== undefined && echo !== invocation.invocationId) return refuse(refuseLate());
    if (kind === 'response') entry.hasResponse = true;
    else entry.hasError = true;
    return { kind: 'taken', invocation };
  }

  /** The error did not come to its end; another one may. */
  forgetError({ requestId }: Invocation): void {
    const entry = this.#entries.get(requestId);
    if (entry !== undefined) entry.hasError = false;
  }

  /** The invocation is over; false when it was before. */
  remove(invocation: Invocation): boolean {
    const entry = this.#entries.get(invocation.requestId);
    if (entry?.invocation !== invocation) return false;
    entry.stopClock();
    this.#entries.delete(invocation.requestId);
    if (this.size === 0) {
      this.#emptied.resolve();
      this.#emptied = Promise.withResolvers();
    }
    return true;
  }

  /** As `remove`; the first answer that comes now is told that it is late. */
  timeOut(invocation: Invocation): boolean {
    const wasIn = this.remove(invocation);
    if (wasIn) this.#timedOut.add(invocation.requestId);
    return wasIn;
  }

  /** The reply to an answer to an invocation that is not in flight. */
  refusalOf(requestId: string): Reply {
    return this.#timedOut.take(requestId) ? refuseLate() : refuseId();
  }
}

function refuse(reply: Reply): BegunAnswer {
  return { kind: 'refused', reply };
}
