// The life of one execution environment in standard mode as a table (contract, section 3.1).
// Pure: it says what is legal, it answers nobody. A transition that is not listed is refused.

export type StateName =
  | 'Started'
  | 'InitError'
  | 'Ready'
  | 'Running'
  | 'InvocationResponse'
  | 'InvocationErrorResponse'
  | 'RuntimeResponseSent';

/** What the runtime may ask for. */
export type RuntimeCall = 'next' | 'response' | 'error' | 'initError';
/** What the platform does by itself: hands out an event, has read the whole answer. */
export type PlatformMove = 'deliver' | 'answered';
export type Trigger = RuntimeCall | PlatformMove;

export const TRANSITIONS: {
  readonly [state in StateName]: { readonly [trigger in Trigger]?: StateName };
} = {
  Started: { next: 'Ready', initError: 'InitError' },
  InitError: {},
  // A further poll is one more waiter; each event wakes exactly one of them.
  Ready: { next: 'Ready', deliver: 'Running' },
  // A poll in Running gets the same event once more.
  Running: { next: 'Running', response: 'InvocationResponse', error: 'InvocationErrorResponse' },
  // While the answer is being read everything else is refused, and if it is never read to its
  // end the environment stays here until it is reset.
  InvocationResponse: { answered: 'RuntimeResponseSent' },
  InvocationErrorResponse: { answered: 'RuntimeResponseSent' },
  RuntimeResponseSent: { next: 'Ready' },
};

/** The state each call leads to when it is legal; the text of a refusal names it. */
export const TARGETS: { readonly [call in RuntimeCall]: StateName } = {
  next: 'Ready',
  response: 'InvocationResponse',
  error: 'InvocationErrorResponse',
  initError: 'InitError',
};

export class EnvironmentState {
  #name: StateName = 'Started';

  get name(): StateName {
    return this.#name;
  }

  allows(trigger: Trigger): boolean {
    return TRANSITIONS[this.#name][trigger] !== undefined;
  }

  /** Makes the transition if the table has it; returns whether it did. */
  take(trigger: Trigger): boolean {
    const next = TRANSITIONS[this.#name][trigger];
    if (next === undefined) return false;
    this.#name = next;
    return true;
  }

  /** Text of the 403 that answers `call` in the present state. */
  refusalText(call: RuntimeCall): string {
    // The server's own name of this state differs from the contract's in its last word.
    const name = this.#name === 'RuntimeResponseSent' ? `${this.#name}State` : this.#name;
    const transition = `State transition from ${name} to ${TARGETS[call]}`;
    return `${transition} failed for runtime. Error: State transition is not allowed`;
  }

  /** The environment starts anew: its process is gone, or is taken to be gone. */
  reset(): void {
    this.#name = 'Started';
  }
}
