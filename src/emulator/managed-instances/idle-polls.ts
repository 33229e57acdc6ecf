// The polls that wait for an event, first come, first served. Nobody looks whether a connection
// lives: an abandoned poll eats an event, as in Lambda.
import type { Invocation } from '../invocation.ts';

type Poll = PromiseWithResolvers<Invocation | undefined>;
type Watcher = { readonly count: number; readonly resolve: () => void };

export class IdlePolls {
  #polls: Poll[] = [];
  #watchers: Watcher[] = [];

  get count(): number {
    return this.#polls.length;
  }

  /** Resolves to the invocation that this poll gets; to undefined when its connection has to be
   * dropped. */
  park(): Promise<Invocation | undefined> {
    const poll: Poll = Promise.withResolvers();
    this.#polls.push(poll);
    const isServed = ({ count }: Watcher): boolean => count <= this.count;
    const served = this.#watchers.filter(isServed);
    this.#watchers = this.#watchers.filter((watcher) => !isServed(watcher));
    for (const { resolve } of served) resolve();
    return poll.promise;
  }

  /** Gives the oldest poll this invocation. */
  wake(invocation: Invocation): void {
    this.#polls.shift()?.resolve(invocation);
  }

  /** Resolves when so many wait; at once if they do already. */
  whenCount(count: number): Promise<void> {
    if (this.count >= count) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push({ count, resolve });
    return promise;
  }

  /** The runtime that has sent them is gone. */
  drop(): void {
    const polls = this.#polls;
    this.#polls = [];
    for (const poll of polls) poll.resolve(undefined);
  }
}
