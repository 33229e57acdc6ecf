// The life of one execution environment in standard mode as a table (contract, section 3.1).
// Pure: it says what is legal, it answers nobody. A transition that is not listed is refused.

export type StateName =
  | 'Started'
  | 'InitError'
  | 'Ready'
  | 'Running'
  | 'InvocationResponse'
  | 'InvocationErrorResponse'
  | 'RuntimeResponseSent'
  | 'RestoreReady'
  | 'Restoring'
  | 'RestoreError';

/** What the runtime may ask for. */
export type RuntimeCall =
  | 'next'
  | 'response'
  | 'error'
  | 'initError'
  | 'restoreNext'
  | 'restoreError';
/** What the platform does by itself: hands out an event, has read the whole answer, restores the
 * environment from its snapshot. */
export type PlatformMove = 'deliver' | 'answered' | 'restore';
export type Trigger = RuntimeCall | PlatformMove;

export const TRANSITIONS: {
  readonly [state in StateName]: { readonly [trigger in Trigger]?: StateName };
} = {
  // A poll says that the runtime has no use for a restore.
  Started: { next: 'Ready', initError: 'InitError', restoreNext: 'RestoreReady' },
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
  RestoreReady: { restore: 'Restoring' },
  Restoring: { next: 'Ready', initError: 'RestoreError', restoreError: 'RestoreError' },
  RestoreError: {},
};

/** The state each call leads to when it is legal; the text of a refusal names it. */
export const TARGETS: { readonly [call in RuntimeCall]: StateName } = {
  next: 'Ready',
  response: 'InvocationResponse',
  error: 'InvocationErrorResponse',
  initError: 'InitError',
  restoreNext: 'RestoreReady',
  restoreError: 'RestoreError',
};

const BEFORE_SERVICE: readonly StateName[] = [
  'Started',
  'InitError',
  'RestoreReady',
  'Restoring',
  'RestoreError',
];

export class EnvironmentState {
  #name: StateName = 'Started';

  get name(): StateName {
    return this.#name;
  }

  /** No event can have been asked for yet. */
  get isBeforeService(): boolean {
    return BEFORE_SERVICE.includes(this.#name);
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
    return toRefusalText(this.#name, call);
  }

  /** The environment starts anew: its process is gone, or is taken to be gone. */
  reset(): void {
    this.#name = 'Started';
  }
}

/** Text of the 403 that answers `call` in a state that does not allow it. */
export function toRefusalText(state: StateName, call: RuntimeCall): string {
  // The server's own name of this state differs from the contract's in its last word.
  const name = state === 'RuntimeResponseSent' ? `${state}State` : state;
  const transition = `State transition from ${name} to ${TARGETS[call]}`;
  return `${transition} failed for runtime. Error: State transition is not allowed`;
}
